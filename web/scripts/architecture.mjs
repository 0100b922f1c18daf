/**
 * Checks the layers with dependency-cruiser, and that it really read them: a parser that quietly skips
 * TypeScript would find no violation in anything.
 */
import { spawnSync } from "node:child_process";

const LAYERS = ["src/app/", "src/features/", "src/state/", "src/client/", "src/ui/"];

const cruise = (type) =>
  spawnSync(
    "node_modules/.bin/depcruise",
    ["src", "--config", ".dependency-cruiser.cjs", "--output-type", type],
    {
      encoding: "utf8",
      maxBuffer: 64 << 20,
    },
  );

const { modules } = JSON.parse(cruise("json").stdout);
const blind = LAYERS.filter(
  (layer) => !modules.some((m) => m.source.startsWith(layer) && m.dependencies.length > 0),
);
if (blind.length > 0) {
  console.error(`dependency-cruiser saw no imports in: ${blind.join(", ")}`);
  process.exit(1);
}
const report = cruise("err-long");
console.log(report.stdout.trim() || report.stderr.trim());
process.exit(report.status ?? 1);
