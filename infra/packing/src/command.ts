// Packs the command `run-edges` as one file that needs no other package, so that a cold npx fetches one tarball:
// node command.ts DESTINATION
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle, copyWhatIsRead, manifestOf } from './bundle.ts';
import { noticesOf } from './notices.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const folder = join(repository, 'packages', 'cli');
const { beforePacking } = createRequire(import.meta.url)('../../../.config/packing.cjs').hooks;
const destination = resolve(process.argv[2] ?? 'packed');

const room = mkdtempSync(join(tmpdir(), 'run-edges-packing-'));
try {
  const { output } = await bundle({ main: join(folder, 'dist', 'main.js') }, room, { sources: false });
  const modules = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
  copyWhatIsRead(folder, room);
  for (const name of ['bin', 'README.md']) cpSync(join(folder, name), join(room, name), { recursive: true });
  cpSync(join(repository, 'LICENSE'), join(room, 'LICENSE'));
  writeFileSync(join(room, 'THIRD-PARTY-NOTICES.txt'), noticesOf(modules));
  const { dependencies, files, private: _, ...manifest } = beforePacking(manifestOf(folder));
  writeFileSync(join(room, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  execFileSync('npm', ['pack', '--silent', '--pack-destination', destination], { cwd: room, stdio: 'inherit' });
} finally {
  rmSync(room, { recursive: true });
}
