import { defineConfig } from 'vitest/config';

/** Tests resolve the workspace's packages to their sources, as in the repository's own configuration. */
const fromSource = { conditions: ['run-edges-source', 'node'] };

/**
 * The tests of one target. They come through the environment: Stryker's own `testFiles` makes it break a module only once
 * the tests have loaded it, so that what is broken in a constant is never seen.
 */
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  ssr: { resolve: fromSource },
  resolve: fromSource,
  test: {
    include: JSON.parse(process.env.RUN_EDGES_MUTANTS_TESTS ?? '[]'),
    testTimeout: 10_000,
    hookTimeout: 10_000,
  },
});
