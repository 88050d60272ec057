#include "product.h"

#include <algorithm>

namespace btk::bench {

std::filesystem::path strategy(const std::string& name) {
  return std::filesystem::path(BTK_BENCH_FOLDER) / (name + ".lua");
}

lua::ScriptOptions options_for(const std::string& name, std::shared_ptr<lua::CandleSource> source, bool guarded) {
  lua::ScriptOptions options;
  options.files = {strategy(name)};
  options.guarded = guarded;
  options.open_exchange = [source = std::move(source)](const lua::ExchangeSchema&) { return source; };
  options.print = [](std::string_view) {};
  options.log = [](std::string_view, std::string_view) {};
  return options;
}

ProductRun product_run(const lua::ScriptOptions& options, const std::string& strategy_name) {
  lua::Script main(options, lua::Script::Role::main);
  main.load();
  lua::PlannedRun planned = main.plan().front();
  if (!strategy_name.empty()) planned.strategy_name = strategy_name;

  ProductRun out;
  Stopwatch watch;
  lua::Script script(options, lua::Script::Role::worker, planned.symbol, planned.strategy_name);
  script.load();
  out.load = watch.lap();
  script.begin(planned, std::make_shared<RiskBook>());
  out.begin = watch.lap();
  Timestamp slice = kDay;
  for (bool over = false; !over;) {
    const auto next = script.next_work();
    over = script.advance({next ? next->minute + slice : 0, 1});
    slice = std::min(slice * 2, 64 * kDay);
  }
  out.run = watch.lap();
  out.report = script.finish();
  out.finish = watch.lap();
  return out;
}

}  // namespace btk::bench
