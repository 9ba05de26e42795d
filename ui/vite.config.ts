import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { packed } from './scripts/packed.mjs';

const gateway = process.env['GATEWAY'] ?? 'http://127.0.0.1:18789';
const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

export default defineConfig({
  // Relative, so that the page works below any path that a proxy or the configuration gives it.
  base: './',
  plugins: [svelte(), svelteTesting(), packed()],
  resolve: { alias: { $lib: source('lib'), $i18n: source('i18n/index.ts') } },
  build: {
    target: ['es2022', 'chrome111', 'safari16.4', 'firefox115'],
    sourcemap: false,
    // The gateway's policy allows no inline script, and no data: URL as a script or a style.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/control-ui-config.json': { target: gateway, changeOrigin: true },
      // The gateway takes its socket on any path; a path of its own keeps it apart from vite's.
      '/ws': {
        target: gateway,
        ws: true,
        changeOrigin: true,
        headers: { origin: gateway },
      },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts'],
    setupFiles: ['./src/testing.ts'],
    restoreMocks: true,
    unstubGlobals: true,
  },
});
