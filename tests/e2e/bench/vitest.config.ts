import { defineConfig } from 'vitest/config';

/** `cargo xtask bench board`: measurements are no tests, so no run of the tests finds them. */
export default defineConfig({
  test: { include: ['*.bench.ts'], testTimeout: 900_000, hookTimeout: 900_000, fileParallelism: false },
});
