import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { VitePWA } from 'vite-plugin-pwa';
import { defineConfig } from 'vitest/config';
import { coreInCache } from './build/core-in-cache.ts';
import { iconPaths } from './build/icons.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: {
      '@worker': here('../wasm-client/worker'),
      '@pwa': here('./src'),
      '@locales': here('./locales'),
    },
  },
  plugins: [
    iconPaths(),
    svelte(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src',
      filename: 'sw.ts',
      // The page registers the worker itself, through the Trusted Types policy.
      injectRegister: null,
      injectManifest: {
        rollupFormat: 'iife',
        buildPlugins: { vite: [coreInCache()] },
        globPatterns: ['**/*.{js,css,html,wasm,woff2,svg,png,webmanifest}'],
        // The wasm core is about a megabyte before compression and belongs in the shell.
        maximumFileSizeToCacheInBytes: 4 * 1024 * 1024,
      },
      manifest: {
        id: '/',
        name: 'Kruispunt',
        short_name: 'Kruispunt',
        description: 'Vragen en hulp in de buurt',
        lang: 'nl',
        dir: 'ltr',
        start_url: '/',
        scope: '/',
        display: 'standalone',
        background_color: '#faf4e8',
        theme_color: '#faf4e8',
        icons: [
          { src: '/icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: '/icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: '/icon-maskable.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
          { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml' },
        ],
      },
    }),
  ],
  build: {
    target: ['chrome87', 'firefox91', 'safari15'],
    // An inlined font or image would be fetched again with every change of the style sheet.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
  server: { fs: { allow: ['..'] } },
  test: {
    include: ['src/**/*.test.ts', 'build/**/*.test.ts', 'tests/**/*.test.ts'],
  },
});
