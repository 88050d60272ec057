// The columns that reports have by themselves, with their cells: what a script's
// btk.set_columns may name by key.
#pragma once

#include <memory>
#include <vector>

#include "engine/error.h"
#include "host/cli/outputs.h"
#include "lua/script.h"

namespace btk::host {

/// Of a report of one run or, of "heat", several; cells newest first, as the report's own table has them.
std::vector<lua::UsualColumn> usual_columns(const lua::KindReport& wish, bool backtest);

/// Of a comparison's table of strategies or of all trades.
std::vector<lua::UsualColumn> walker_columns(const lua::Walk& walk, bool trades);

/// The tables that a script wants otherwise, for reports that the host writes. An error of one of its columns is told
/// once; the report then has its usual table. Both must outlive the object.
class ScriptTables {
 public:
  ScriptTables(lua::Script& script, Console& console) : script_(script), console_(console) {}

  OwnTable maker();
  lua::WalkTables of(const std::shared_ptr<lua::Walk>& walk);
  /// Was there no error?
  bool well() const { return well_; }

 private:
  void tell(const Error& error);

  lua::Script& script_;
  Console& console_;
  bool well_ = true;
};

}  // namespace btk::host
