import { loadConfig } from '@run-edges/service';
import { SingleBar } from 'cli-progress';
import { configSchema } from './config.ts';
import { rebuildIndex } from './rebuild-index.ts';
import { createSearchClient } from './search-client.ts';
import { openStore } from './store/open-store.ts';

// `npm run rebuild`, in the environment of the service: see README.md.
const config = loadConfig('user-profiles', configSchema);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
const bar = new SingleBar({
  format: 'Indexing |{bar}| {value} of {total} people, {eta_formatted} left',
  stream: process.stderr,
  noTTYOutput: true,
  notTTYSchedule: 2_000,
  hideCursor: true,
});

try {
  const store = await openStore(config, { warn: (message: unknown) => console.error(message) });
  bar.start(await store.count(), 0);
  await rebuildIndex(store, createSearchClient(config), (done) => bar.update(done), interrupted.signal);
  await store.close();
  bar.stop();
} catch (error) {
  bar.stop();
  const { message, cause } = error as Error;
  const reason = cause instanceof Error ? `${message}: ${cause.message.split('\n', 1)[0]}` : message;
  console.error(interrupted.signal.aborted ? 'Interrupted: run it again to index the rest.' : `Not done: ${reason}`);
  process.exitCode = 1;
}
