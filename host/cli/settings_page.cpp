#include "host/cli/settings_page.h"

#include <fmt/format.h>

#include "engine/config_words.h"
#include "engine/text.h"

namespace btk::host {
namespace {

constexpr std::string_view kPageHead = R"(# Settings

Made by `btkhost definitions --settings`, from the program's own table; do not edit it by hand. Back to the [manual](manual.md).

A setting is changed, the later way winning over the earlier:

```lua
btk.set_config { CC_PERCENT_FEE = 0.05, CC_ENABLE_SHORT_SIGNAL = false }   -- in a script, before a run
```
```sh
export CC_PERCENT_FEE=0.04                                     # in the environment, or in a file .env
btkhost run strategy.lua --set CC_PERCENT_FEE=0.02             # for this command
```

`btk.get_config()` tells what is in force, `btk.get_default_config()` what the program brings along. A name that is none, a value that breaks its
rule, and a change after a run has begun are errors; a name in the environment, which may be another program's or the script's own, is only warned of. "USD" stands for the quote currency, whatever it is.
)";

std::string default_of(const ConfigKey& key) {
  const ConfigValue value = get(Config{}, key);
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  return shortest(std::get<double>(value));
}

}  // namespace

std::string settings_page() {
  std::string page(kPageHead);
  for (const SettingGroup& group : setting_words()) {
    page += fmt::format("\n## {}\n\n| setting | default | unit | rule | meaning |\n|---|---|---|---|---|\n", group.title);
    for (const SettingWords& setting : group.settings) {
      const ConfigKey& key = *find_config_key(setting.key);
      page += fmt::format("| `{}` | {} | {} | {} | {} |\n", setting.key, default_of(key), setting.unit, setting_rule(key), setting.words);
    }
  }
  return page + R"(
## Variables that are no settings

`CC_SYMBOL_LIST` names the symbols of a run when `--symbols` is not given. `CC_LLM_API`, `CC_LLM_URL`, `CC_LLM_MODEL`, `CC_LLM_KEY`, `CC_LLM_REPLAY`, `CC_LLM_STORE`,
`CC_ENABLE_THINKING` and `CC_ENABLE_DEBUG` belong to [language models](optimizer.md#the-model). An empty variable (`CC_SYMBOL_LIST=`) counts as one that is not there.

An `.env` may serve backtest-kit, too: its `CC_TELEGRAM_...`, `CC_WWWROOT_...`, `CC_QUICKCHART_...`, `CC_MCP_...` and `CC_WEBHOOK_...` are passed over. `CC_MONGO_...`, `CC_REDIS_...`, `CC_POSTGRES_...`
and `CC_MINIO_...` are named in a warning, because nothing is kept there: state and candles are in SQLite. So is every other `CC_` name.
)";
}

}  // namespace btk::host
