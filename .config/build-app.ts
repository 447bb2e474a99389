// Builds an app, from within its folder: its programs, each with all that it needs, into dist. Finding and reading
// hundreds of modules would take longer than the rest of a start. Readable as it is: a source map would be read at every
// start, too, and stays in memory.
import { existsSync } from 'node:fs';
import { build } from 'rolldown';

await build({
  input: ['src/server.ts', 'src/rebuild.ts'].filter((program) => existsSync(program)),
  platform: 'node',
  // The native driver that pg can use where it is installed; it is not.
  external: ['pg-native'],
  resolve: { conditionNames: ['run-edges-source', 'node'] },
  output: { dir: 'dist', cleanDir: true, format: 'esm' },
});
