import { configDefaults, defineConfig } from 'vitest/config';

const MINUTE = 60_000;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'test/**/*.e2e.test.ts', 'test/**/*.full.test.ts'],
          testTimeout: MINUTE / 2,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/**/*.e2e.test.ts'],
          // Each uses both cores, and roots that the first of them makes.
          fileParallelism: false,
          testTimeout: 30 * MINUTE,
          hookTimeout: 30 * MINUTE,
        },
      },
      {
        test: {
          name: 'full',
          include: ['test/**/*.full.test.ts'],
          fileParallelism: false,
          testTimeout: 60 * MINUTE,
          hookTimeout: 60 * MINUTE,
        },
      },
    ],
  },
});
