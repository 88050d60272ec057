// The winner of `btkhost optimize` becomes an ordinary strategy, if it has earned
// it: what would trade real money later fails closed here.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "host/prove/prove.h"
#include "optimizer/contest.h"

namespace btk::host {

struct PromotionRules {
  std::string metric;
  std::int64_t min_trades = 10;
  bool prove = true;  ///< only what is proven not to have seen the future
};

/// Why the winner is not promoted, as half a sentence; empty: it is. `proof`: nothing when none was made.
std::string promotion_refusal(const PromotionRules& rules, const optimizer::ContestResult& contest,
                              const std::optional<Proof>& proof);

/// The winner as a script of its own: its exchange and frame, its symbol, and the strategy, without the mark
/// of a generated file. Paths are as seen from `target`. `text` is the generated file, `folder` the one it
/// lies in.
std::string promoted_text(const nlohmann::json& manifest, std::size_t winner, const std::string& text,
                          const std::optional<Proof>& proof, const std::filesystem::path& folder,
                          const std::filesystem::path& target);

/// Moves a file that no promotion wrote, or that was edited since one did, aside before it is replaced: its new name;
/// empty: there was none. Throws btk::Error.
std::string keep_own_file(const std::filesystem::path& file);

/// A Lua literal that reads back byte for byte.
std::string lua_literal(const std::string& text);

}  // namespace btk::host
