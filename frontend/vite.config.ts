// One script, one style sheet, one font, under fixed names: the report puts them into a single file.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  plugins: [svelte()],
  build: {
    outDir: "../src/diarchy/studio/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    target: "es2022",
    rollupOptions: {
      output: {
        entryFileNames: "assets/app.js",
        assetFileNames: (asset) => (asset.names.some((n) => n.endsWith(".css")) ? "assets/app.css" : "assets/inter[extname]"),
      },
    },
  },
});
