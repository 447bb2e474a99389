// Makes one file of the command as it was built here, for its start in this clone: to find and read 1,200 modules takes
// twice as long as the rest of it.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle, copyWhatIsRead } from './bundle.ts';

const folder = fileURLToPath(new URL('../../../packages/cli', import.meta.url));
const output = join(folder, 'dist', 'bundle');
rmSync(output, { recursive: true, force: true });
const dist = join(folder, 'dist');
await bundle({ main: join(dist, 'main.js'), demo: join(dist, 'demo', 'demo.js') }, output, { sources: false });
copyWhatIsRead(folder, output);
// What a package reads lies beside its package.json.
writeFileSync(join(output, 'package.json'), '{"type":"module"}\n');
