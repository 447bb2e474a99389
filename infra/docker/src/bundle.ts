// Bundles what a folder's scripts run from dist, the start script's program as dist/server.js: node bundle.ts FOLDER OUTPUT
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { build, type Plugin } from 'rolldown';

const [folder = '.', output = 'out'] = process.argv.slice(2);
const { scripts, files = [] } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const entry = /\S+\.m?js\b/.exec(scripts?.start ?? '')?.[0];
if (entry === undefined) throw new Error(`${folder}/package.json has no start script that names a .js file`);

/** The other programs of the app, such as one that is run by hand. */
const others = Object.values<string>(scripts)
  .flatMap((script) => /\bdist\/\S+\.m?js\b/.exec(script)?.[0] ?? [])
  .filter((program) => program !== entry);

/** Follows the maps that TypeScript wrote, so that a stack trace shows the sources. */
const sourceMaps: Plugin = {
  name: 'source-maps',
  load(file) {
    const map = `${file}.map`;
    return existsSync(map) ? { code: readFileSync(file, 'utf8'), map: readFileSync(map, 'utf8') } : null;
  },
};

await build({
  input: {
    ...Object.fromEntries(others.map((program) => [parse(program).name, join(folder, program)])),
    server: join(folder, entry),
  },
  platform: 'node',
  plugins: [sourceMaps],
  output: { dir: join(output, 'dist'), format: 'esm', sourcemap: true },
});
// What the app reads lies beside dist, as it does in its folder.
for (const kept of files.filter((name: string) => name !== 'dist'))
  cpSync(join(folder, kept), join(output, kept), { recursive: true });
writeFileSync(join(output, 'package.json'), '{"type":"module"}\n');
