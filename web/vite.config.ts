import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.RINGSIDE_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../telephony/web/static",
    emptyOutDir: true,
    // Fonts stay files: the page's policy allows none in the style sheet.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
  },
  server: { proxy: { "/api": server, "/ws": { target: server, ws: true } } },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
