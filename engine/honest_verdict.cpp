#include "engine/honest_verdict.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "engine/text.h"

namespace btk {
namespace {

std::string signed_percent(double value) { return (value > 0 ? "+" : "") + fixed(value, 2) + " %"; }
std::string share(double value) { return fixed(value * 100, value < 0.1 ? 1 : 0) + " %"; }
std::string count_of(std::size_t n, const char* what) { return std::to_string(n) + " " + what + (n == 1 ? "" : "s"); }

bool overlap(std::span<const ClosedTrade> trades) {
  double last_close = 0;
  for (const ClosedTrade& t : trades) {
    if (t.pending_at < last_close) return true;
    last_close = std::max(last_close, t.close_timestamp);
  }
  return false;
}

// The winner's results as independent bets: one per trade, or one per day when trades run side by side.
std::vector<double> bets(std::span<const ClosedTrade> trades, bool by_day) {
  std::vector<double> results;
  if (!by_day) {
    for (const ClosedTrade& t : trades) results.push_back(t.pnl_percentage);
    return results;
  }
  std::map<double, double> days;
  for (const ClosedTrade& t : trades) days[std::floor(t.pending_at / kDayMs)] += t.pnl_percentage;
  for (const auto& [day, result] : days) results.push_back(result);
  return results;
}

// Result of each day of the contest, by the close of the trades.
std::vector<double> daily(std::span<const ClosedTrade> trades, double from, double to) {
  const double first = std::floor(from / kDayMs);
  const double count = std::max(1.0, std::ceil(to / kDayMs) - first);
  std::vector<double> days(static_cast<std::size_t>(count));
  for (const ClosedTrade& t : trades) {
    const double day = std::clamp(std::floor(t.close_timestamp / kDayMs) - first, 0.0, count - 1);
    days[static_cast<std::size_t>(day)] += t.pnl_percentage;
  }
  return days;
}

// How the trials' Sharpe ratios vary; a ratio of few trades is no ratio.
double ratio_variance(const Contest& contest, bool by_day) {
  std::vector<double> ratios;
  for (const auto trials : {contest.trials, contest.earlier}) {
    for (const std::vector<ClosedTrade>& trades : trials) {
      const std::vector<double> results = bets(trades, by_day);
      const auto shape = results.size() >= kMinRatioTrades ? moments(results) : std::nullopt;
      if (shape) ratios.push_back(shape->sharpe);
    }
  }
  const double deviation = sample_deviation(ratios).value_or(0);
  return deviation * deviation;
}

void add_trials(Evidence& e, const Contest& c) {
  std::vector<std::vector<double>> columns;
  const auto add = [&](std::span<const std::vector<ClosedTrade>> trials) {
    for (const std::vector<ClosedTrade>& trades : trials) {
      if (!trades.empty()) columns.push_back(daily(trades, c.from, c.to));
    }
  };
  add(c.trials);
  e.overfitting = backtest_overfitting(columns);
  // Whoever looks once more around a winner tries settings that trade alike: how alike all tries were is what counts.
  add(c.earlier);
  e.trials = std::max<std::size_t>(1, columns.size() + c.further_trials);
  e.correlation = average_correlation(columns);
  e.independent = independent_trials(static_cast<double>(e.trials), e.correlation.value_or(0));
}

void add_figures(Evidence& e, const Contest& c) {
  const std::vector<ClosedTrade>& trades = c.trials[c.winner];
  std::vector<double> results;
  std::vector<CurveStep> steps;
  for (const ClosedTrade& t : trades) {
    results.push_back(t.pnl_percentage);
    steps.push_back({t.pnl_percentage, t.fall_pnl});
  }
  e.trades = trades.size();
  e.by_day = overlap(trades);
  e.mean_trade = bootstrap_mean(results, c.seed);
  e.drawdown = shuffled_drawdown(steps, c.seed);
  e.shape = moments(bets(trades, e.by_day));
  if (!e.shape) return;
  const double variance = ratio_variance(c, e.by_day);
  e.probabilistic_sharpe = probabilistic_sharpe(*e.shape, 0);
  e.expected_max_sharpe = expected_max_sharpe(e.independent, variance);
  e.deflated_sharpe = deflated_sharpe(*e.shape, e.independent, variance);
  e.luck = luck_probability(*e.shape, e.independent);
  e.min_track_record = min_track_record(*e.shape, 0, kTrackConfidence);
}

std::string luck_sentence(const Evidence& e) {
  if (e.trials < 2) return "a strategy without any skill would look this good in " + share(*e.luck) + " of markets";
  return "it is the best of " + count_of(e.trials, "trial") + " (worth " + fixed(e.independent, 1) +
         " independent ones): without any skill one of them would look this good in " + share(*e.luck) + " of markets";
}

std::string interval_sentence(const Evidence& e) {
  return "the mean trade is " + signed_percent(e.mean_trade->mean) + ", and anything from " + signed_percent(e.mean_trade->low) +
         " to " + signed_percent(e.mean_trade->high) + " fits these trades";
}

void decide(Evidence& e) {
  if (e.trades == 0) {
    e.reasons.push_back("there are no trades");
    return;
  }
  if (e.mean_trade && e.mean_trade->mean <= 0) {
    e.verdict = HonestVerdict::likely_luck;
    e.reasons.push_back("the mean trade is " + signed_percent(e.mean_trade->mean) + ": nothing was earned");
    return;
  }
  const bool lucky = e.luck && *e.luck >= kLuckFrom;
  std::vector<std::string>& against = e.reasons;
  if (lucky || (e.luck && *e.luck > kLuckAtMost)) against.push_back(luck_sentence(e));
  if (!e.luck) against.push_back("the results do not vary enough to say anything");
  if (e.trades < kEnoughTrades) {
    against.push_back((e.trades == 1 ? "there is only " : "there are only ") + count_of(e.trades, "trade") + "; fewer than " +
                      std::to_string(kEnoughTrades) + " decide nothing");
  }
  if (e.mean_trade && e.mean_trade->low <= 0) against.push_back(interval_sentence(e));
  if (e.overfitting && e.overfitting->probability > 0.5 && e.overfitting->loss_probability > 0.25) {
    against.push_back("what was best in one half of the time was below average in the other half in " +
                      share(e.overfitting->probability) + " of splits, and lost in " + share(e.overfitting->loss_probability));
  }
  if (e.walk_forward && !(e.walk_forward->mean.value_or(0) > 0)) {
    against.push_back(e.walk_forward->mean ? "walk-forward, choosing on the past only, earned " +
                                                 signed_percent(*e.walk_forward->mean) + " a trade"
                                           : "walk-forward, choosing on the past only, made no trades");
  }
  if (against.empty()) {
    e.verdict = HonestVerdict::worth_paper_trading;
    e.reasons = {luck_sentence(e), interval_sentence(e)};
  } else {
    e.verdict = lucky ? HonestVerdict::likely_luck : HonestVerdict::inconclusive;
  }
  if (e.min_track_record && *e.min_track_record > static_cast<double>(e.trades)) {
    e.reasons.push_back("with this ratio of gain to spread it takes about " + fixed(std::ceil(*e.min_track_record), 0) +
                        (e.by_day ? " days with trades" : " trades") + " to be sure that it is not zero, even for a single try");
  }
}

}  // namespace

std::string_view to_string(HonestVerdict verdict) {
  switch (verdict) {
    case HonestVerdict::likely_luck:
      return "likely luck";
    case HonestVerdict::inconclusive:
      return "inconclusive";
    case HonestVerdict::worth_paper_trading:
      return "worth paper trading";
  }
  return {};
}

Evidence weigh(const Contest& contest) {
  Evidence e;
  add_trials(e, contest);
  add_figures(e, contest);
  e.walk_forward = contest.walk_forward;
  decide(e);
  return e;
}

Evidence weigh_run(std::span<const ClosedTrade> trades, double from, double to, std::uint64_t seed) {
  const std::vector<ClosedTrade> trial(trades.begin(), trades.end());
  return weigh({.trials = {&trial, 1}, .winner = 0, .from = from, .to = to, .seed = seed});
}

std::vector<std::string> run_warnings(const Evidence& e) {
  std::vector<std::string> lines;
  if (e.trades == 0) return lines;
  if (e.trades < kEnoughTrades) {
    lines.push_back("only " + count_of(e.trades, "trade") + ": these figures may be chance; fewer than " +
                    std::to_string(kEnoughTrades) + " decide nothing");
  }
  if (e.mean_trade && e.mean_trade->low <= 0 && e.mean_trade->high >= 0) {
    lines.push_back(interval_sentence(e) + ": zero is among it, so this may be luck");
  }
  return lines;
}

}  // namespace btk
