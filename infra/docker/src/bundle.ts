// Bundles what a folder's scripts run from dist, each with a source map, the start script's program as dist/server.js:
// node bundle.ts FOLDER OUTPUT
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { build } from 'rolldown';

const [folder = '.', output = 'out'] = process.argv.slice(2);
const { scripts = {}, dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const programOf = (script = '') => /\bdist\/\S+\.m?js\b/.exec(script)?.[0] ?? [];
const [start, ...more] = [scripts.start, ...Object.values<string>(scripts)].flatMap(programOf);
if (start === undefined) throw new Error(`${folder}/package.json has no start script that runs a .js file of dist`);

/** The other programs of the app, such as one that is run by hand. */
const others = [...new Set(more)].filter((program) => program !== start);

/** The source, so that the map leads there; or what was built, where it is something else. */
function sourceOf(program: string): string {
  const source = join(folder, program.replace(/^dist\//, 'src/').replace(/\.js$/, '.ts'));
  return existsSync(source) ? source : join(folder, program);
}

await build({
  input: { ...Object.fromEntries(others.map((one) => [parse(one).name, sourceOf(one)])), server: sourceOf(start) },
  platform: 'node',
  // The native driver that pg can use where it is installed; it is not.
  external: ['pg-native'],
  resolve: { conditionNames: ['run-edges-source', 'node'] },
  // One file; several programs share what they have in common.
  output: { dir: join(output, 'dist'), format: 'esm', sourcemap: true, codeSplitting: others.length > 0 },
});
// What the app, and the packages of this repository that it depends on, read lies beside dist, as in their folders; its own last.
const own = Object.keys(dependencies).filter((name) => dependencies[name].startsWith('workspace:'));
// Not what was built, nor the start script, nor recipes for gcloud, which no image has.
for (const from of [...own.map((name) => join(folder, 'node_modules', name)), folder]) {
  const { files = [] } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
  for (const kept of files.filter((name: string) => !/^(!|(dist|bin|recipes)$)|\.md$/.test(name)))
    cpSync(join(from, kept), join(output, kept), { recursive: true });
}
writeFileSync(join(output, 'package.json'), '{"type":"module"}\n');
