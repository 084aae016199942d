import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Where the gateway is while the console is worked on (`npm run dev`).
const gateway = process.env.WYE_URL ?? "http://127.0.0.1:9930";

export default defineConfig({
  // Addresses of assets are relative to <base>, which the gateway sets: so the console works below any path.
  base: "./",
  resolve: { alias: { "@": new URL("src", import.meta.url).pathname } },
  plugins: [react(), tailwindcss()],
  build: {
    target: "es2022",
    // Nothing is inlined: the page's policy allows no `data:` scripts or styles, and what is small is cached alone.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: Object.fromEntries(["/api", "/v1", "/v1beta"].map((path) => [path, { target: gateway }])),
  },
  test: { include: ["src/**/*.test.ts", "src/**/*.test.tsx"], environment: "node" },
});
