#include "host/prove/decisions.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>
#include <utility>

#include "optimizer/sandbox/printable.h"

namespace btk::host {
namespace {

std::string_view log_field(std::string_view line, std::string_view key) {
  const std::string wanted = "\t" + std::string(key) + "=";
  const std::size_t at = line.find(wanted);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + wanted.size();
  return line.substr(begin, line.find('\t', begin) - begin);
}

// Ids and names in it are a script's, perhaps a model's.
std::string printable_line(std::string_view line) { return optimizer::printable(line, line.size()); }

std::vector<DecisionLine> lines_before(const std::vector<DecisionLine>& all, Timestamp moment) {
  std::vector<DecisionLine> found;
  std::ranges::copy_if(all, std::back_inserter(found), [&](const DecisionLine& d) { return d.time < moment; });
  return found;
}

Difference differ(const DecisionLine* expected, const DecisionLine* got) {
  return {expected && got ? std::min(expected->time, got->time) : (expected ? expected : got)->time,
          expected ? printable_line(expected->text) : "nothing", got ? printable_line(got->text) : "nothing"};
}

// The end of the data closes or cancels what is open.
bool is_end_of_data(const std::vector<DecisionLine>& rest, Timestamp moment) {
  return std::ranges::all_of(rest, [&](const DecisionLine& d) { return d.time >= moment - kMinute; }) &&
         std::ranges::any_of(rest, [](const DecisionLine& d) { return d.text.find("\tdata_ended=true") != std::string_view::npos; });
}

}  // namespace

std::vector<DecisionLine> read_decisions(std::string_view log) {
  std::vector<DecisionLine> lines;
  std::set<std::string_view> placed;
  bool first = true;
  for (std::size_t at = 0; at < log.size();) {
    const std::size_t end = std::min(log.find('\n', at), log.size());
    const std::string_view line = log.substr(at, end - at);
    at = end + 1;
    if (std::exchange(first, false) || line.empty()) continue;
    DecisionLine d;
    d.text = line;
    const std::size_t tab = std::min(line.find('\t'), line.size());
    if (tab < line.size()) std::from_chars(line.data() + tab + 1, line.data() + line.size(), d.time);
    const std::string_view kind = line.substr(0, tab);
    if (kind == "scheduled") {
      placed.insert(log_field(line, "id"));
      d.entry = true;
    } else if (kind == "opened") {
      d.entry = !placed.contains(log_field(line, "id"));
    }
    lines.push_back(d);
  }
  return lines;
}

std::optional<Difference> difference_before(const std::vector<DecisionLine>& expected, const std::vector<DecisionLine>& got,
                                            Timestamp moment, bool cut) {
  const std::vector<DecisionLine> a = lines_before(expected, moment), b = lines_before(got, moment);
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (a[i].text != b[i].text) return differ(&a[i], &b[i]);
  }
  if (a.size() > common) return differ(&a[common], nullptr);
  if (b.size() > common) {
    const std::vector<DecisionLine> rest(b.begin() + static_cast<std::ptrdiff_t>(common), b.end());
    if (!cut || !is_end_of_data(rest, moment)) return differ(nullptr, &rest.front());
  }
  if (cut) return std::nullopt;
  const auto entry_at = [&](const std::vector<DecisionLine>& lines) {
    const auto it = std::ranges::find_if(lines, [&](const DecisionLine& d) { return d.entry && d.time == moment; });
    return it != lines.end() ? &*it : nullptr;
  };
  const DecisionLine *wanted = entry_at(expected), *made = entry_at(got);
  if (wanted == nullptr && made == nullptr) return std::nullopt;
  if (wanted == nullptr || made == nullptr || wanted->text != made->text) return differ(wanted, made);
  return std::nullopt;
}

}  // namespace btk::host
