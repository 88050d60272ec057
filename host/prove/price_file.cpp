#include "host/prove/price_file.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "engine/text.h"

namespace btk::host {
namespace {

constexpr std::size_t kWindow = 16;    // steps that must agree
constexpr std::size_t kAnchors = 5;    // places of a column where a match is looked for
constexpr std::size_t kHole = 3000;    // candles that a file may leave out before it goes on
constexpr std::size_t kMaxPeriod = 12; // numbers of one record in a text without lines
constexpr std::size_t kSampled[] = {1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 120, 180, 240, 360, 480, 720, 1440};
constexpr Interval kIntervals[] = {Interval::m3, Interval::m5, Interval::m15, Interval::m30, Interval::h1,
                                   Interval::h2, Interval::h4, Interval::h6,  Interval::h8,  Interval::d1};

bool part_of_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// A step of a column, and how far its digits leave it open.
struct Step {
  double size = 0, tolerance = 0;
};

}  // namespace

// One of the four prices, every `stride`-th candle.
struct PriceFile::Reference {
  std::vector<double> logs;
  std::vector<std::size_t> strides;
  Timestamp first = 0, length = kMinute;  // of the first candle; from one to the next

  // Open time of the last minute in candle i.
  Timestamp time(std::size_t i) const { return first + static_cast<Timestamp>(i + 1) * length - kMinute; }
};

std::vector<PriceFile::Number> PriceFile::numbers_of(std::string_view text, std::vector<std::size_t>& per_line) {
  std::vector<Number> found;
  std::size_t on_line = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\n') {
      per_line.push_back(on_line);
      on_line = 0;
    }
    const bool digit = std::isdigit(static_cast<unsigned char>(text[i])) != 0;
    const bool sign = text[i] == '-' && i + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[i + 1])) != 0;
    if (!digit && !sign) {
      // A word with digits in it is no number.
      if (part_of_word(text[i])) {
        while (i < text.size() && part_of_word(text[i])) ++i;
      } else {
        ++i;
      }
      continue;
    }
    Number n{i, 0, 0, 0};
    const auto [end, problem] = std::from_chars(text.data() + i, text.data() + text.size(), n.value);
    n.length = static_cast<std::size_t>(end - (text.data() + i));
    i += std::max<std::size_t>(n.length, 1);
    if (problem != std::errc() || (i < text.size() && part_of_word(text[i]))) {
      while (i < text.size() && part_of_word(text[i])) ++i;
      continue;
    }
    const std::string_view digits = text.substr(n.begin, n.length);
    const std::size_t point = digits.find('.');
    n.decimals = digits.find_first_of("eE") != std::string_view::npos ? -1
                 : point == std::string_view::npos                    ? 0
                                                                      : static_cast<int>(digits.size() - point - 1);
    found.push_back(n);
    ++on_line;
  }
  per_line.push_back(on_line);
  return found;
}

PriceFile::PriceFile(std::string_view text, const KnownCandles& candles) : text_(text) {
  std::vector<std::size_t> per_line;
  const std::vector<Number> numbers = numbers_of(text, per_line);
  if (numbers.size() <= kWindow) return;

  // Columns: by the most common count of numbers on a line; a text without such lines by every period.
  std::map<std::size_t, std::size_t> counts;
  for (const std::size_t n : per_line) {
    if (n > 0) ++counts[n];
  }
  const auto common = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  std::vector<std::vector<Number>> columns;
  if (common->second > kWindow) {
    columns.resize(common->first);
    std::size_t at = 0;
    for (const std::size_t n : per_line) {
      for (std::size_t k = 0; k < n; ++k, ++at) {
        if (n == common->first) columns[k].push_back(numbers[at]);
      }
    }
  }
  if (columns.empty() || columns.size() == 1) {
    columns.clear();
    for (std::size_t period = 1; period <= std::min(kMaxPeriod, numbers.size() / kWindow); ++period) {
      for (std::size_t phase = 0; phase < period; ++phase) {
        std::vector<Number>& column = columns.emplace_back();
        for (std::size_t i = phase; i < numbers.size(); i += period) column.push_back(numbers[i]);
      }
    }
  }

  for (const auto& [symbol, loaded] : candles) {
    const CandleSeries& s = loaded->series;
    std::vector<Reference> references;
    const auto add = [&](std::span<const double> prices, const CandleSeries& of, std::vector<std::size_t> strides) {
      Reference r;
      for (const double price : prices) r.logs.push_back(std::log(price));
      r.strides = std::move(strides);
      r.first = of.first();
      r.length = of.step();
      references.push_back(std::move(r));
    };
    const std::vector<std::size_t> sampled(std::begin(kSampled), std::end(kSampled));
    add(s.close(), s, sampled);
    add(s.open(), s, sampled);
    add(s.high(), s, {1});
    add(s.low(), s, {1});
    for (const Interval interval : kIntervals) {
      const CandleSeries longer = s.resample(interval);
      add(longer.high(), longer, {1});
      add(longer.low(), longer, {1});
    }
    for (const std::vector<Number>& column : columns) {
      match(column, references, symbol);
      if (marks_.size() > numbers.size() / 2 && columns.size() > kMaxPeriod) break;  // the shortest period that explains it
    }
  }
  // In the order of the text; a number that two columns claim counts once.
  std::ranges::stable_sort(marks_, {}, [](const Mark& m) { return m.number.begin; });
  const auto same = std::ranges::unique(marks_, {}, [](const Mark& m) { return m.number.begin; });
  marks_.erase(same.begin(), same.end());
}

void PriceFile::match(const std::vector<Number>& column, const std::vector<Reference>& references, const std::string& symbol) {
  const auto step_of = [&](Meaning meaning, std::size_t i) -> std::optional<Step> {
    const auto rounding = [](const Number& n) { return n.decimals < 0 ? std::fabs(n.value) * 1e-9 : std::pow(10.0, -n.decimals) * 0.6; };
    const Number &a = column[i], &b = column[i + 1];
    switch (meaning) {
      case Meaning::price:
        if (!(a.value > 0 && b.value > 0)) return std::nullopt;
        return Step{std::log(b.value / a.value), rounding(a) / a.value + rounding(b) / b.value + 1e-9};
      case Meaning::log_price:
        return Step{b.value - a.value, rounding(a) + rounding(b) + 1e-9};
      case Meaning::yield:
        return Step{b.value, rounding(b) + b.value * b.value + 1e-9};  // simple and logarithmic ones alike
      case Meaning::percent_yield:
        return Step{b.value / 100, rounding(b) / 100 + b.value * b.value / 1e4 + 1e-9};
    }
    return std::nullopt;
  };
  // The steps from `at` on, where they can be told from one another.
  const auto window_at = [&](Meaning meaning, std::size_t at) {
    std::vector<Step> window;
    double sum = 0, squares = 0, widest = 0;
    for (std::size_t i = at; i < at + kWindow; ++i) {
      const auto step = step_of(meaning, i);
      if (!step || std::fabs(step->size) > 0.5) return std::vector<Step>();
      window.push_back(*step);
      sum += step->size, squares += step->size * step->size;
      widest = std::max(widest, step->tolerance);
    }
    const double variance = squares / kWindow - sum / kWindow * sum / kWindow;
    if (!(widest * widest * 9 < variance)) window.clear();
    return window;
  };
  const auto fits = [](const Reference& r, std::size_t stride, std::size_t k, const Step& step) {
    return std::fabs(r.logs[k + stride] - r.logs[k] - step.size) <= step.tolerance;
  };

  std::size_t done = 0;  // numbers before it are matched or given up
  for (std::size_t anchor = 0; anchor < kAnchors; ++anchor) {
    if (column.size() <= kWindow) return;
    const std::size_t at = std::max(done, anchor * (column.size() - kWindow - 1) / (kAnchors - 1));
    if (at + kWindow >= column.size()) return;
    for (const Meaning meaning : {Meaning::price, Meaning::log_price, Meaning::yield, Meaning::percent_yield}) {
      const std::vector<Step> window = window_at(meaning, at);
      if (window.empty()) continue;
      const auto find = [&]() -> std::optional<std::pair<std::size_t, std::pair<const Reference*, std::size_t>>> {
        for (const Reference& r : references) {
          for (const std::size_t stride : r.strides) {
            for (std::size_t k = 0; k + kWindow * stride < r.logs.size(); ++k) {
              std::size_t n = 0;
              while (n < kWindow && fits(r, stride, k + n * stride, window[n])) ++n;
              if (n == kWindow) return std::pair{k, std::pair{&r, stride}};
            }
          }
        }
        return std::nullopt;
      };
      const auto found = find();
      if (!found) continue;
      const auto [start, where] = *found;
      const Reference& r = *where.first;
      const std::size_t stride = where.second;
      const auto mark = [&](std::size_t i, std::size_t k) {
        marks_.push_back({column[i], meaning, r.time(k), r.time(k >= stride ? k - stride : k)});
      };
      symbol_ = symbol;
      // Back to where the match begins.
      std::size_t i = at, k = start;
      while (i > done && k >= stride) {
        const auto step = step_of(meaning, i - 1);
        if (!step || !fits(r, stride, k - stride, *step)) break;
        --i, k -= stride;
      }
      mark(i, k);
      // Forward, over holes; what lies behind the last known candle is future all the more.
      for (; i + 1 < column.size(); ++i) {
        const auto step = step_of(meaning, i);
        if (k + stride < r.logs.size() && (!step || !fits(r, stride, k, *step))) {
          std::size_t to = k + stride;
          const auto goes_on = [&](std::size_t from) {
            for (std::size_t n = 1; n <= 4; ++n) {
              if (i + n + 1 >= column.size() || from + n * stride >= r.logs.size()) return n > 2;
              const auto next = step_of(meaning, i + n);
              if (!next || !fits(r, stride, from + (n - 1) * stride, *next)) return false;
            }
            return true;
          };
          while (to < std::min(r.logs.size(), k + kHole) && !goes_on(to)) ++to;
          if (to == std::min(r.logs.size(), k + kHole)) break;
          k = to;
        } else {
          k += stride;
        }
        mark(i + 1, k);
      }
      done = i + 1;
      break;
    }
  }
}

std::string PriceFile::seen_in(OtherFuture& future) const {
  std::string seen;
  std::size_t copied = 0;
  for (const Mark& m : marks_) {
    if (m.time < future.moment()) continue;
    const double now = future.ratio(symbol_, m.time), before = future.ratio(symbol_, m.before);
    double value = m.number.value;
    switch (m.meaning) {
      case Meaning::price:
        value *= now;
        break;
      case Meaning::log_price:
        value += std::log(now);
        break;
      case Meaning::yield:
        value = (1 + value) * now / before - 1;
        break;
      case Meaning::percent_yield:
        value = ((1 + value / 100) * now / before - 1) * 100;
        break;
    }
    seen += text_.substr(copied, m.number.begin - copied);
    seen += m.number.decimals < 0 ? shortest(value) : fixed(value, m.number.decimals);
    copied = m.number.begin + m.number.length;
  }
  return seen + text_.substr(copied);
}

}  // namespace btk::host
