#include "host/exchange/open.h"

#include <fmt/format.h>

#include "engine/error.h"
#include "engine/text.h"
#include "host/exchange/binance_source.h"
#include "host/exchange/csv_source.h"
#include "host/exchange/store_source.h"
#include "host/exchange/synthetic_source.h"

namespace btk::host {
namespace {

constexpr std::string_view kDrivers[] = {"csv", "synthetic", "sqlite", "binance"};

std::filesystem::path store_file(const lua::ExchangeSchema& schema, const OpenOptions& options) {
  if (schema.path.empty()) return options.candle_store;
  return (std::filesystem::path(schema.base_dir) / schema.path).lexically_normal();
}

std::shared_ptr<lua::CandleSource> open_store(const lua::ExchangeSchema& schema, const OpenOptions& options) {
  try {
    return std::make_shared<StoreSource>(schema, store_file(schema, options));
  } catch (const Error& e) {  // no store is there, or it is damaged
    throw InputError(e.what());
  }
}

[[noreturn]] void reject_driver(const lua::ExchangeSchema& schema) {
  const std::string_view near = nearest(schema.driver, kDrivers);
  throw Error(fmt::format("exchange \"{}\": unknown driver \"{}\"; {}", schema.exchange_name, schema.driver,
                          near.empty() ? std::string("there are csv, synthetic, sqlite and binance")
                                       : fmt::format("did you mean \"{}\"?", near)));
}

}  // namespace

std::shared_ptr<BinanceSource> open_binance(const lua::ExchangeSchema& schema, const OpenOptions& options) {
  OpenOptions own = options;
  own.candle_store = store_file(schema, options);
  return std::make_shared<BinanceSource>(schema, own);
}

std::shared_ptr<lua::CandleSource> open_exchange(const lua::ExchangeSchema& schema,
                                                 const OpenOptions& options) {
  if (schema.driver == "csv") return std::make_shared<CsvSource>(schema, options.log);
  if (schema.driver == "synthetic") return std::make_shared<SyntheticSource>(schema);
  if (schema.driver == "sqlite") return open_store(schema, options);
  if (schema.driver == "binance") return open_binance(schema, options);
  reject_driver(schema);
}

}  // namespace btk::host
