/** Measures the gzipped script that a visitor loads before the room opens, and fails above the budget. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 250;
const manifest = JSON.parse(readFileSync("dist/.vite/manifest.json", "utf8"));

function staticScripts(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const imported of manifest[key].imports ?? []) staticScripts(imported, seen);
  return seen;
}

const gzippedKb = (keys) =>
  [...keys].reduce(
    (sum, key) => sum + gzipSync(readFileSync(`dist/${manifest[key].file}`)).length,
    0,
  ) / 1024;

const entry = staticScripts("index.html");
const pages = Object.keys(manifest).filter((key) =>
  /features\/(home|signin|greenroom)\//.test(key),
);
if (pages.length === 0)
  throw new Error("no page chunk found in the manifest: has the layout changed?");
const worst = Math.max(
  ...pages.map((page) => gzippedKb(new Set([...entry, ...staticScripts(page)]))),
);
console.log(`first load: ${worst.toFixed(0)} KB gzipped script (budget ${BUDGET_KB} KB)`);
process.exit(worst <= BUDGET_KB ? 0 : 1);
