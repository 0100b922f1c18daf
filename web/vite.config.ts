/** How the client is built and served while developing. Knows nothing of what the pages do. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { BLUR_ASSETS, blurAssets } from "./blur-assets.ts";

const SERVER = process.env.DEV_SERVER ?? "http://localhost:8080";

export default defineConfig({
  plugins: [react(), blurAssets()],
  define: { __BLUR_ASSETS__: JSON.stringify(BLUR_ASSETS) },
  // Two copies of either break collaboration silently: instanceof checks fail across copies.
  resolve: { dedupe: ["yjs", "@codemirror/state", "@codemirror/view"] },
  server: {
    port: 5173,
    proxy: { "/api": { target: SERVER, ws: true, changeOrigin: true } },
  },
  build: {
    outDir: "dist",
    target: "es2022",
    // The server's Content-Security-Policy allows no inline script and no data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    rolldownOptions: { input: { index: "index.html", "api-docs": "api-docs.html" } },
  },
  test: { include: ["src/**/*.test.{ts,tsx}"], environment: "node" },
});
