#include "host/cli/exchanges.h"

#include <chrono>
#include <tuple>

#include <fmt/format.h>

namespace btk::host {
namespace {

/// What the candles of an exchange depend on.
auto essence(const lua::ExchangeSchema& s) {
  return std::tie(s.exchange_name, s.driver, s.gaps, s.path, s.base_dir, s.market, s.base_url, s.seed, s.start_price,
                  s.volatility);
}

// Says which candles are read, how many there are and how long it took; everything else is the source's.
class ToldSource : public lua::CandleSource {
 public:
  using Log = std::function<void(std::string_view, std::string_view)>;
  ToldSource(std::shared_ptr<lua::CandleSource> source, std::string name, Log log)
      : source_(std::move(source)), name_(std::move(name)), log_(std::move(log)) {}

  std::shared_ptr<const lua::LoadedCandles> load(const std::string& symbol, Timestamp from, Timestamp to) override {
    const auto began = std::chrono::steady_clock::now();
    auto loaded = source_->load(symbol, from, to);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began;
    tell(symbol, from, to, fmt::format("{} in {:.3f} s", loaded->series.size(), spent.count()));
    return loaded;
  }
  std::vector<Candle> closed(const std::string& symbol, Timestamp from, Timestamp to) override {
    auto candles = source_->closed(symbol, from, to);
    tell(symbol, from, to, fmt::format("{}", candles.size()));
    return candles;
  }
  std::optional<lua::OrderBook> order_book(const std::string& symbol, int depth) override { return source_->order_book(symbol, depth); }
  std::optional<std::vector<lua::AggregatedTrade>> trades(const std::string& symbol, Timestamp from, Timestamp to) override {
    return source_->trades(symbol, from, to);
  }
  lua::SymbolRules rules(const std::string& symbol) override { return source_->rules(symbol); }
  Timestamp ahead() override { return source_->ahead(); }

 private:
  void tell(const std::string& symbol, Timestamp from, Timestamp to, const std::string& came) {
    log_("debug", fmt::format("exchange {}: candles of {} 1m since {} until {}: {}", name_, symbol, format_minute(from), format_minute(to), came));
  }

  std::shared_ptr<lua::CandleSource> source_;
  std::string name_;
  Log log_;
};

}  // namespace

std::shared_ptr<lua::CandleSource> Exchanges::open(const lua::ExchangeSchema& schema) {
  const std::lock_guard lock(mutex_);
  for (const auto& [known, source] : opened_) {
    if (essence(known) == essence(schema)) return source;
  }
  auto source = open_exchange(schema, options_);
  if (tell_loads_) source = std::make_shared<ToldSource>(std::move(source), schema.exchange_name, options_.log);
  opened_.emplace_back(schema, source);
  return source;
}

void Exchanges::forget() {
  const std::lock_guard lock(mutex_);
  opened_.clear();
}

}  // namespace btk::host
