/**
 * Serves what the blurring library loads by itself, under names that it knows, in a folder named after its version:
 * like every asset it may be kept for ever. Knows nothing of what it does.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

const PACKAGE = dirname(
  createRequire(import.meta.url).resolve("@twilio/video-processors/package.json"),
);
const { version } = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8")) as {
  version: string;
};
const FILES = [
  "twilio-gaussian-blur-background-processor-pipeline-worker.js",
  "tflite-simd-1-0-0.js",
  "tflite-simd-1-0-0.wasm",
  "tflite-1-0-0.js",
  "tflite-1-0-0.wasm",
  "selfie_segmentation_landscape.tflite",
] as const;
const TYPES: Readonly<Record<string, string>> = { js: "text/javascript", wasm: "application/wasm" };

/** Where they are, for the library. */
export const BLUR_ASSETS = `/assets/blur-${version}/`;

const contentOf = (name: string) => readFileSync(join(PACKAGE, "dist", "build", name));

export function blurAssets(): Plugin {
  return {
    name: "blur-assets",
    generateBundle() {
      for (const name of FILES) {
        const fileName = `${BLUR_ASSETS.slice(1)}${name}`;
        this.emitFile({ type: "asset", fileName, source: contentOf(name) });
      }
    },
    configureServer({ middlewares }) {
      middlewares.use(BLUR_ASSETS, ({ url = "" }, response, next) => {
        const name = FILES.find((each) => url === `/${each}`);
        if (name === undefined) return next();
        const type = TYPES[name.split(".").at(-1) ?? ""] ?? "application/octet-stream";
        response.setHeader("content-type", type).end(contentOf(name));
      });
    },
  };
}
