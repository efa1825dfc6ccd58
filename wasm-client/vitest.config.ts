import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Runs with the front end's packages: `cargo xtask test`. */
export default defineConfig({
  resolve: { alias: { '@pwa': here('../pwa/src'), '@worker': here('./worker') } },
  test: { include: ['tests/**/*.test.ts'] },
});
