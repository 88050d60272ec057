// Puts the page together: one HTML file with the script and the styles in it, and a place for the data, which
// host/report/report_page.cpp fills. Usage: node build.mjs [OUTPUT]
import { build } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const output = process.argv[2] ?? here("report_page.html");

const made = await build({
  entryPoints: [here("src/main.ts")],
  bundle: true,
  minify: true,
  write: false,
  outdir: "out",
  format: "iife",
  target: ["chrome111", "firefox115", "safari16.4"],
  charset: "utf8",
  legalComments: "inline",
});
const text = (ending) => made.outputFiles.find((file) => file.path.endsWith(ending)).text;

// Neither may end its element early.
const script = text(".js").replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
const style = text(".css").replaceAll("</style", "<\\/style");
const template = await readFile(here("src/page.html"), "utf8");
await writeFile(output, template.replace("/*style*/", () => style).replace("/*script*/", () => script));
