import { defineConfig } from 'vitest/config';
import { slowFiles } from '../infra/suites/src/slow.ts';

/** Tests resolve the workspace's packages to their sources; what e2e starts as processes is what was built. */
const fromSource = { conditions: ['run-edges-source', 'node'] };

/** What runs on every engine: these share one PostgreSQL server, each file with a database of its own. */
const storage = [
  'apps/*/src/store/*.test.ts',
  'apps/search/src/find.test.ts',
  'packages/service/src/open-postgres.test.ts',
  'packages/e2e/src/storage/*.test.ts',
];

const unit = ['{apps,packages}/*/src/**/*.test.ts', 'infra/*/src/**/*.test.ts'];

/** What keeps something for its process (tokens, secrets, an account), which the next file would meet. */
const auth = ['packages/auth/src/**/*.test.ts'];
const login = ['apps/login/src/**/*.test.ts'];

/** What changes the environment or the clock of its process while it runs. */
const ofTheirProcess = ['packages/emulator/contract/{clocks,container,learning,metadata-answers}.contract.test.ts'];

/** A gcloud on PATH that is loaded once, for most of what a command of gcloud does is to load itself. */
const gcloud = {
  globalSetup: 'packages/e2e/src/gcloud/global-setup.ts',
  setupFiles: 'packages/e2e/src/gcloud/on-path.ts',
};

const containers = ['packages/e2e/src/compose/**/*.test.ts'];

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  ssr: { resolve: fromSource },
  resolve: fromSource,
  test: {
    // A bound for what hangs, not a measure: machines are slow at times.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // All cores: half of the tests wait for programs that they started.
    maxWorkers: '100%',
    // With --coverage: the package that others carry in production is tested line by line, branch by branch.
    coverage: {
      include: ['packages/auth/src/**'],
      exclude: ['**/*.test.ts', '**/testing/**'],
      reporter: [['text', { skipFull: true }]],
      thresholds: { lines: 100, branches: 100 },
    },
    tags: [{ name: 'slow', description: 'Slow by nature: only `npm test -- --all` runs it.' }],
    projects: [
      {
        test: {
          name: 'unit',
          include: [...unit],
          exclude: ['packages/e2e/**', ...auth, ...login, ...storage, ...slowFiles],
          // To load every module anew for each file takes longer than the tests.
          isolate: false,
        },
      },
      {
        test: {
          name: 'auth',
          include: [...auth],
          exclude: [...slowFiles],
        },
      },
      {
        test: {
          name: 'unit, each file alone',
          include: [...login],
          exclude: [...storage, ...slowFiles],
        },
      },
      {
        test: {
          name: 'storage',
          include: storage,
          globalSetup: '.config/postgres.ts',
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'contract',
          include: ['packages/*/contract/**/*.contract.test.ts'],
          exclude: [...ofTheirProcess, ...slowFiles],
          isolate: false,
        },
      },
      {
        test: {
          name: 'contract, each file alone',
          include: ofTheirProcess,
          exclude: [...slowFiles],
        },
      },
      {
        test: {
          ...gcloud,
          name: 'edge matrix',
          include: ['packages/e2e/src/**/*.test.ts'],
          exclude: [...storage, ...containers, ...slowFiles],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...gcloud,
          globalSetup: [gcloud.globalSetup, 'packages/e2e/src/take-home/global-setup.ts'],
          name: 'slow',
          include: [...slowFiles],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      // Run by itself, after the others: it builds images, and starts all of it in containers.
      {
        test: {
          name: 'containers',
          include: containers,
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
