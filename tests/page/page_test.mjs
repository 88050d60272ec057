// The report page as a reader meets it: what the program wrote, opened in Chromium at two widths and in both looks.
// Usage: node page_test.mjs PROGRAM CHECKOUT FOLDER
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openBrowser, runProgram, writeCandles } from "./browser.mjs";

const [program, checkout, folder] = process.argv.slice(2);
const pictures = join(dirname(program), "report_page_pictures");
mkdirSync(pictures, { recursive: true });

let passed = 0, failed = 0;
function ok(sentence, holds, ...found) {
  if (holds) passed++;
  else {
    failed++;
    console.log(`broken: ${sentence}`, ...found);
  }
}
const near = (a, b, within) => Math.abs(a - b) <= within;
const number = (text) => Number(text.replace(/[\u202f\s%+]/g, "").replace("\u2212", "-"));

// Names and notes that would break a careless page.
const NAME = `</script><script>document.title="taken"</script>`;
const NOTE = `<img src=x onerror='document.title="taken"'> </SCRIPT> <!-- \u2028 \\u003c "quoted"`;
const strategy = (name, hours, extra = "") => `
local btk = require "btk"
btk.add_exchange { exchange_name = "files", driver = "csv", path = "{symbol}.csv" }
btk.add_frame { frame_name = "two-days", interval = "1m", start_date = "2024-01-01", end_date = "2024-01-02" }
btk.add_strategy { strategy_name = ${JSON.stringify(name)}, interval = "15m", get_signal = function(symbol, when, price)
  local long = price < 100 or when % ${hours * 3600000} < 1800000
  local away = long and 1 or -1
  return { position = long and "long" or "short", price_take_profit = price * (1 + away * 0.015), price_stop_loss = price * (1 - away * 0.012),
    minute_estimated_time = 90, note = [[${NOTE}]] }
end, callbacks = { ${extra} } }
`;
const lastClose = writeCandles(join(folder, "A.csv"));
writeCandles(join(folder, "B.csv"), 400);
writeFileSync(join(folder, "one.lua"), strategy(NAME, 6, "on_active_ping = function(symbol) if btk.get_timestamp() % 3600000 == 0 then btk.commit_partial_profit(symbol, 20) end end"));
writeFileSync(join(folder, "two.lua"), strategy("patient", 14));
writeFileSync(join(folder, "idle.lua"), strategy("idle", 6).replace("local long", "if true then return nil end\n  local long"));

// A frame that ends with its year, and candles that go on.
writeCandles(join(folder, "Y.csv"), 0, 2880, Date.UTC(2023, 11, 31));
writeFileSync(join(folder, "year.lua"), strategy("year", 6).replace(/start_date.*?02"/, 'start_date = "2023-12-31", end_date = "2023-12-31"').replace("15m", "1m"));

const run = (...words) => JSON.parse(runProgram(program, [...words, "--json", "--quiet"], folder));
writeFileSync(join(folder, "levered.lua"), strategy("levered", 6).replace("minute_estimated_time = 90", "minute_estimated_time = 1203, multiplier = 40"));
writeFileSync(join(folder, "refused.lua"), strategy("refused", 6).replace("1 + away", "1 - away"));
run("run", "levered.lua", "--symbols", "A,B", "--report", "html", "--out", "levered", "--capital", "150");
const refused = run("run", "refused.lua", "--symbols", "A", "--report", "html", "--out", "refused");
const single = run("run", "one.lua", "--symbols", "A", "--report", "html", "--out", "single");
run("run", "one.lua", "--symbols", "A,B", "--report", "html", "--out", "several");
const year = run("run", "year.lua", "--symbols", "Y", "--report", "html", "--out", "year");
run("run", "idle.lua", "--symbols", "A", "--report", "html", "--out", "idle");
writeFileSync(join(folder, "search.lua"), strategy("searched", 6, "").replace("get_signal", `params = { level = { 97, 103, step = 1 }, life = { 30, 90, step = 30 }, side = { "long", "short", "<b>" } }, get_signal`)
  .replace("local long =", `if btk.params.side == "<b>" or (btk.params.side == "long") ~= (price < btk.params.level) then return nil end
  local long =`).replace("minute_estimated_time = 90", "minute_estimated_time = btk.params.life"));
const search = run("sweep", "--params", "search.lua", "--symbols", "A,B", "--metric", "total_pnl", "--walk-forward", "rolling", "--folds", "3", "--report", "html", "--output", "searched", "--out", "sweep", "--ledger", "s.sqlite");
run("sweep", "--params", "search.lua", "--symbols", "A", "--metric", "annualized_sharpe_ratio", "--report", "html", "--output", "searched", "--out", "barren", "--ledger", "s.sqlite");
writeFileSync(join(folder, "paper.lua"), strategy("papered", 6).replace(/btk.add_exchange.*/, 'btk.add_exchange { exchange_name = "made-up", driver = "synthetic", seed = 7, start_price = 100, volatility = 0.002 }').replace("15m", "1m"));
run("paper", "paper.lua", "--symbols", "A", "--clock", `linear:${Date.now()},1704067200000,3600`, "--to", "2024-01-01T02:00:00Z", "--report", "html", "--out", "papered");
const proven = run("run", "one.lua", "--symbols", "A", "--report", "html", "--out", "proven", "--prove", "--prove-moments", "2", "--prove-entries", "2");
run("walker", "one.lua", "two.lua", "idle.lua", "--symbols", "A,B", "--report", "html", "--output", "compared", "--out", "walker");

const file = {
  single: join(folder, "single/html/A_" + NAME.replace(/[/\\:*?"<>|]/g, "_") + "_files_two-days_backtest.html"),
  several: join(folder, "several/html/" + NAME.replace(/[/\\:*?"<>|]/g, "_") + "_files_two-days_backtest.html"),
  year: join(folder, "year/html/Y_year_files_two-days_backtest.html"),
  idle: join(folder, "idle/html/A_idle_files_two-days_backtest.html"),
  levered: join(folder, "levered/html/levered_files_two-days_backtest.html"),
  refused: join(folder, "refused/html/A_refused_files_two-days_backtest.html"),
  walker: join(folder, "walker/html/compared.html"),
  sweep: join(folder, "sweep/html/searched.html"),
  barren: join(folder, "barren/html/searched.html"),
  session: join(folder, "papered/html/A_papered_made-up_live.html"),
};
const browser = await openBrowser(checkout);
/** Opens a page; what it says on the console, asks of the network or throws is a fault. */
async function open(path, width, scheme) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme, reducedMotion: "reduce" });
  const faults = [];
  page.on("console", (message) => faults.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => faults.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    if (!request.url().startsWith("data:") && request.url() !== page.mainFrame().url() && !request.isNavigationRequest()) faults.push(`request: ${request.url()}`);
  });
  await page.goto("file://" + encodeURI(path));
  await page.waitForSelector("html[data-ready]", { timeout: 60000 });
  await page.waitForFunction(() => document.querySelectorAll("canvas").length >= 3 || !document.querySelector("#price"), null, { timeout: 60000 });
  // What was asked for is drawn in the frame after the next.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  return { page, faults };
}
/** Different colours on a canvas. */
const colours = (page, place) => page.evaluate((selector) => {
  const canvas = document.querySelector(selector + " canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
  return seen.size;
}, place);
const texts = (page, selector) => page.locator(selector).allTextContents();
const card = async (page, label) => (await page.locator(`#figures div:has(> dt:text-is("${label}")) dd`).first().textContent()).trim();

// Every page, at both widths and in both looks: quiet, as wide as the window, drawn.
for (const [name, path] of Object.entries(file)) {
  const rare = ["idle", "refused", "barren", "session", "year"].includes(name);
  for (const [width, scheme] of rare ? [[1280, "dark"], [400, "light"]] : [[1280, "light"], [1280, "dark"], [400, "light"], [400, "dark"]]) {
    const { page, faults } = await open(path, width, scheme);
    const what = `${name} at ${width} px, ${scheme}:`;
    ok(`${what} nothing on the console, no request, no dialog`, faults.length === 0, faults);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    ok(`${what} nothing sticks out`, wide <= width, wide);
    ok(`${what} the title is text`, !(await page.title()).startsWith("taken"));
    if (name !== "barren") ok(`${what} the price chart is drawn`, (await colours(page, "#price")) > 8);
    await page.screenshot({ path: join(pictures, `${name}-${width}-${scheme}.png`), fullPage: true });
    await page.close();
  }
}

{  // What closes at the end of a month's last minute belongs to that month.
  const { page } = await open(file.year, 1280, "light");
  const last = year.runs[0].signals.at(-1);
  ok("the last trade closes when the year is over", last.close_timestamp === Date.UTC(2024, 0, 1), last.close_timestamp);
  ok("... and is one of the old year", (await texts(page, "#months thead th")).join() === "Month,2023", await texts(page, "#months thead th"));
  await page.close();
}

{  // One run: the figures are those of --json, the list can be searched, the chart zooms.
  const { page, faults } = await open(file.single, 1280, "light");
  const { signals, stats, run_hash } = single.runs[0];
  const closed = signals.filter((signal) => signal.action === "closed");
  const money = closed.reduce((sum, signal) => sum + signal.pnl.pnl_cost, 0);
  ok("there are enough trades to show", closed.length > 10, closed.length);
  ok("the strategy's name is shown as it is", (await page.textContent("h1")) === NAME);
  ok("number of trades", number(await card(page, "Trades")) === closed.length);
  ok("win rate", near(number(await card(page, "Win rate")), stats.win_rate, 0.051));
  ok("Sharpe ratio", near(number(await card(page, "Sharpe ratio")), stats.sharpe_ratio, 0.00051));
  ok("average trade", near(number(await card(page, "Average trade")), stats.avg_pnl, 0.0051));
  ok("result of the capital", near(number(await page.textContent(".hero strong")), money / 100, 0.0051));
  ok("the months add up to it", near(number((await texts(page, "#months tfoot td"))[0]), money / 100, 0.0051));
  ok("run hash", (await page.textContent("footer")).includes(run_hash));
  ok("the last candle is the last row of the file", (await page.textContent("#price .legend")).includes("C " + lastClose.toFixed(2)), await page.textContent("#price .legend"));

  ok("the verdict of --json", (await page.textContent(".verdict h2")) === `Verdict: ${single.runs[0].verdict}`, single.runs[0].verdict);

  const rows = page.locator("#trades tr.trade");
  ok("a page of the list", (await rows.count()) === Math.min(25, closed.length));
  await page.selectOption('#trades select[aria-label="Outcome"]', "lost");
  ok("only lost ones", (await texts(page, "#trades tr.trade b")).every((text) => number(text) < 0));
  const lost = closed.filter((signal) => signal.pnl.pnl_percentage < 0).length;
  ok("... all of them", (await page.textContent("#trades .legend")).startsWith(`${lost} of ${closed.length} trades`), await page.textContent("#trades .legend"));
  await page.selectOption('#trades select[aria-label="Outcome"]', "");
  await page.selectOption('#trades select[aria-label="Side"]', "short");
  ok("only shorts", (await texts(page, "#trades tr.trade .side")).every((text) => text === "short"));
  await page.selectOption('#trades select[aria-label="Side"]', "");
  const reason = closed[0].close_reason;
  await page.selectOption('#trades select[aria-label="Closed by"]', reason);
  ok("only those that closed so", (await page.textContent("#trades .legend")).startsWith(`${closed.filter((signal) => signal.close_reason === reason).length} of`));
  await page.selectOption('#trades select[aria-label="Closed by"]', "");
  await page.fill('#trades input[type="search"]', closed[3].id);
  ok("found by its id", (await rows.count()) === 1);
  await page.fill('#trades input[type="search"]', "no such note");
  ok("a sentence when nothing matches", (await page.textContent("#trades tbody")).includes("No trade matches"));
  await page.fill('#trades input[type="search"]', "");
  await page.click('#trades th button:text-is("Result")');
  const best = Math.max(...closed.map((signal) => signal.pnl.pnl_percentage));
  ok("sorted by result, best first", near(number((await texts(page, "#trades tr.trade b"))[0]), best, 0.0051));

  const parted = closed.find((signal) => signal.partials.length > 0);
  await page.fill('#trades input[type="search"]', parted.id);
  await rows.first().click();
  ok("a chosen trade shows its note as text", (await page.textContent("#trades .details")).includes(NOTE));
  ok("... its partial closes", (await page.textContent("#trades .details")).includes("20.0 % at"));
  ok("... and is told of under the chart", (await page.textContent("#price .told")).startsWith("Trade "));
  const zoomed = () => page.textContent("#price .legend b");
  await page.waitForFunction(() => document.querySelector("#price .legend b").textContent === "1m", null, { timeout: 20000 });
  ok("the chart goes to it and shows minutes", (await zoomed()) === "1m");
  await page.click('#price button:text-is("All")');
  await page.waitForFunction(() => document.querySelector("#price .legend b").textContent !== "1m");
  const chart = page.locator("#price .price .u-over");
  await chart.click({ position: { x: 10, y: 10 } });
  await chart.hover();
  for (let i = 0; i < 30; i++) await page.mouse.wheel(0, -120);
  await page.waitForFunction(() => document.querySelector("#price .legend b").textContent === "1m", null, { timeout: 20000 });
  ok("the wheel zooms in", (await zoomed()) === "1m");
  const before = await page.textContent("#price .legend");
  await page.keyboard.press("End");
  await chart.hover({ position: { x: 60, y: 40 } });
  await page.waitForFunction((text) => document.querySelector("#price .legend").textContent !== text, before);
  ok("keys move it", (await page.textContent("#price .legend")) !== before);
  await page.check('#equity input[type="checkbox"]');
  await page.waitForFunction(() => document.querySelectorAll("#equity canvas").length === 2);
  const held = async (share) => {
    await page.locator("#equity .u-over").first().scrollIntoViewIfNeeded();
    const plot = await page.locator("#equity .u-over").first().boundingBox();
    await page.mouse.move(plot.x + plot.width / 2, plot.y + plot.height / 2);
    await page.mouse.move(plot.x + 1 + share * (plot.width - 2), plot.y + plot.height / 2);
    await page.waitForSelector("#equity .hold", { timeout: 20000 });
    return number((await page.textContent("#equity .hold")).replace("held:", ""));
  };
  const first = await held(0), last = await held(1), gain = number(await card(page, "Buy and hold"));
  ok("holding begins with the capital", near(first, 10000, 0.0051), first);
  ok("... and ends with the figure of buying and holding", near(last / 100 - 100, gain, 0.0051), last, gain);
  ok("nothing went wrong meanwhile", faults.length === 0, faults);
  await page.close();
}

{  // Several symbols.
  const { page } = await open(file.several, 1280, "light");
  ok("a row of the heat map per symbol", (await texts(page, "#heat tbody th")).sort().join() === "A,B");
  const all = number(await card(page, "Trades"));
  await page.selectOption('select[aria-label="Showing"]', "1");
  ok("one run alone has fewer trades", number(await card(page, "Trades")) < all);
  await page.close();
}

{  // Large numbers in little room: no figure runs into the next one, and a table that is cut shows it.
  for (const width of [1280, 1000, 840]) {
    const { page } = await open(file.levered, width, "light");
    const beyond = await page.evaluate(() => [...document.querySelectorAll("#figures dd, .hero strong")].filter((one) => {
      const range = document.createRange();
      range.selectNodeContents(one);
      return range.getBoundingClientRect().right > one.parentElement.getBoundingClientRect().right + 1;
    }).map((one) => one.textContent));
    ok(`at ${width} px every figure keeps to its place`, beyond.length === 0, beyond);
    const unlike = await page.evaluate(() => [...document.querySelectorAll(".scroll")].filter((box) => (box.scrollWidth - box.clientWidth > 1) !== box.classList.contains("more-right")).length);
    ok(`at ${width} px a table fades where it is cut, and only there`, unlike === 0, unlike);
    await page.close();
  }
  const { page } = await open(file.levered, 700, "light");
  const heat = page.locator("#heat .scroll");
  ok("a narrow window cuts the symbols", await heat.evaluate((box) => box.classList.contains("more-right") && !box.classList.contains("more-left")));
  await heat.evaluate((box) => { box.scrollLeft = box.scrollWidth; });
  await page.waitForFunction(() => !document.querySelector("#heat .scroll").classList.contains("more-right"));
  ok("... on the other side when it is scrolled to its end", await heat.evaluate((box) => box.classList.contains("more-left")));
  ok("stakes beyond the capital are worth knowing", (await page.textContent("main")).includes("with 150.00 of capital"));
  await page.close();
}

{  // Signals that broke a rule explain why there are no trades.
  const { page } = await open(file.refused, 1280, "light");
  const { count, first } = refused.runs[0].refused;
  ok("refused signals are worth knowing, with the first reason", (await texts(page, ".notice li")).some((text) => text.startsWith(`A: refused: ${count} signals that broke a rule`) && text.includes(first)), await texts(page, ".notice li"));
  await page.close();
}

{  // A comparison: another strategy on a click; one without trades says so.
  const { page, faults } = await open(file.walker, 1280, "light");
  const names = await texts(page, "#ranking table >> nth=0 >> tbody button");
  ok("every strategy is ranked", [...names].sort().join() === ["patient", NAME, "idle"].sort().join(), names);
  ok("... the one without trades last", names[2] === "idle");
  await page.click('#ranking button:text-is("idle")');
  ok("a strategy without trades", (await page.textContent("#trades tbody")).includes("No trades."));
  await page.click('#ranking button:text-is("patient")');
  ok("a strategy with trades", number(await card(page, "Trades")) > 0);
  ok("... nothing went wrong meanwhile", faults.length === 0, faults);
  await page.close();
}

{  // A sweep: its best point as a run, the surface of its trials, the list, the walk-forward.
  const { page, faults } = await open(file.sweep, 1280, "light");
  const surface = search.surfaces.find(({ x, y }) => x === "level" && y === "life");
  const best = Math.max(...surface.cells.map((cell) => cell.best));
  ok("the best point is named", (await page.textContent("#best h2")) === "Best point: " + Object.entries(search.best.params).map(([name, value]) => `${name}=${value}`).join(" "), await page.textContent("#best h2"));
  ok("... and how to run it", (await page.textContent("#best code")).includes("--param level=" + search.best.params.level));
  ok("the figures are those of the best point", number(await card(page, "Trades")) === search.best.total_signals);
  ok("the verdict is the sweep's", (await page.textContent(".verdict h2")) === `Verdict: ${search.verdict}`);
  ok("the proof is told", (await page.textContent("#proof h2")) === "Proof: no decision saw the future");
  ok("two parameters against each other, the best of the third", near(number(await page.textContent("#surface td.best")), best, 0.0051), best);
  ok("... every value of them", (await page.locator("#surface tbody tr").count()) === 3 && (await page.locator("#surface thead th").count()) === 8);
  await page.selectOption('#surface select[aria-label="Trials of a cell"]', "mean");
  const mean = Math.max(...surface.cells.map((cell) => cell.mean ?? -Infinity));
  ok("... or their average", near(number(await page.textContent("#surface td.best")), mean, 0.0051), mean);
  await page.selectOption('#surface select[aria-label="Down"]', "2");
  ok("choices stand in their order, as text", (await texts(page, "#surface tbody th")).join() === "long,short,<b>");
  await page.selectOption('#surface select[aria-label="Figure"]', { label: "Deepest fall, compounded" });
  ok("of drawdowns the smallest is best", near(number(await page.textContent("#surface td.best")), Math.min(...(await texts(page, "#surface td:not(.none)")).map(number)), 1e-9));
  const rows = page.locator("#trials tbody tr");
  ok("the trials, best first", near(number(await rows.first().locator("td").nth(3).textContent()), search.best.metric_value, 0.0051));
  await page.click("#trials button");
  ok("... and more of them", (await rows.count()) === 40 && (await page.textContent("#trials .pages span")) === "40 of 63 trials");
  ok("the walk-forward names what it chose", (await texts(page, "#folds tbody td:nth-child(2)")).every((text) => /^level=\d+ life=\d+ side=/.test(text)), await texts(page, "#folds tbody td:nth-child(2)"));
  ok("... once for every test", (await page.locator("#folds tbody tr").count()) === 3);
  await page.selectOption('select[aria-label="Showing"]', "1");
  ok("one symbol of it", number(await card(page, "Trades")) < search.best.total_signals);
  ok("... nothing went wrong meanwhile", faults.length === 0, faults);
  await page.close();
}

{  // A search in which nothing was best.
  const { page } = await open(file.barren, 400, "light");
  ok("no point is the best", (await page.textContent("#best h2")) === "Best point: none");
  ok("... the trials are there", (await page.locator("#trials tbody tr").count()) === 20);
  await page.close();
}

{  // A session on paper.
  const { page } = await open(file.session, 1280, "light");
  ok("a session says that it is one", (await page.textContent(".kind")) === "Trading session");
  await page.close();
}

{  // The proof of a run.
  const { page } = await open(file.single.replace(join(folder, "single"), join(folder, "proven")), 400, "light");
  const { identical, truncations } = proven.proofs[0];
  ok("a run's proof is told", (await page.textContent("#proof li")).startsWith(`${identical} of ${truncations} truncations identical`), await page.textContent("#proof li"));
  await page.close();
}

await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
