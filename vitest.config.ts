import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const MINUTE = 60_000;

/** test/e2e/ first, in the order of names: `1-main-job` leaves its caches to all that come after it. */
class MainJobFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      `${moduleId.includes('/test/e2e/') ? 0 : 1} ${moduleId}`;
    return files.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: MainJobFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [
            ...configDefaults.exclude,
            'test/**/*.e2e.test.ts',
            'test/**/*.full.test.ts',
            'test/large/**',
            'test/distro/**',
          ],
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
      {
        test: {
          name: 'distro',
          include: ['test/distro/*.distro.test.ts'],
          fileParallelism: false,
          testTimeout: 180 * MINUTE,
          hookTimeout: 30 * MINUTE,
        },
      },
      {
        test: {
          name: 'large',
          include: ['test/large/*.large.test.ts'],
          fileParallelism: false,
          testTimeout: 120 * MINUTE,
          hookTimeout: 30 * MINUTE,
        },
      },
    ],
  },
});
