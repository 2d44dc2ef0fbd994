import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A test that asserts no absolute time may still hang: this bounds the whole run.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
