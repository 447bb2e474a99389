// Bundles what a folder's scripts run from dist, the start script's program as dist/server.js, with source maps:
// node bundle.ts FOLDER OUTPUT
import { existsSync, writeFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { bundle, copyWhatIsRead, manifestOf } from '@run-edges/packing/bundle';

const [folder = '.', output = 'out'] = process.argv.slice(2);
const { scripts = {} } = manifestOf(folder);
const programOf = (script = '') => /\bdist\/\S+\.m?js\b/.exec(script)?.[0] ?? [];
const [start, ...more] = [scripts.start, ...Object.values(scripts)].flatMap(programOf);
if (start === undefined) throw new Error(`${folder}/package.json has no start script that runs a .js file of dist`);

/** The other programs of the app, such as one that is run by hand. */
const others = [...new Set(more)].filter((program) => program !== start);

/** The source, so that the map leads there; or what was built, where it is something else. */
function sourceOf(program: string): string {
  const source = join(folder, program.replace(/^dist\//, 'src/').replace(/\.js$/, '.ts'));
  return existsSync(source) ? source : join(folder, program);
}

const programs = Object.fromEntries(others.map((one) => [parse(one).name, sourceOf(one)]));
await bundle({ ...programs, server: sourceOf(start) }, output, { sources: true });
// No image has a gcloud that recipes would be for.
copyWhatIsRead(folder, output, ['recipes']);
writeFileSync(join(output, 'package.json'), '{"type":"module"}\n');
