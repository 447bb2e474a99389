import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { edgesFile, repository } from '../support/repository.ts';

/** A repository of a reader's own, with three small services, gone when it is disposed of. */
export interface ReaderFolder extends Disposable {
  readonly path: string;
  /** Where its commands are, as `npx` and `npm run` would find them. */
  readonly bin: string;
}

/** Where what the pages import is installed already; the first that has a package gives it. */
const installed = ['packages/e2e', 'packages/auth', 'packages/emulator', 'packages/cli', '.'];

const APP = `import { createServer } from 'node:http';
createServer((request, response) => response.end('hello')).listen(process.env.PORT);
`;

/**
 * Three services `login`, `user-profiles` and `search` below `apps`, declared in `infra/edges.yaml` as in this repository,
 * and installed what pages may import: our packages as they were built, and the libraries that our tests have.
 */
export function readerFolder(): ReaderFolder {
  const path = mkdtempSync(join(tmpdir(), 'run-edges-reader-'));
  const modules = join(path, 'node_modules');
  const bin = join(modules, '.bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(path, 'package.json'), JSON.stringify({ name: 'mine', private: true, type: 'module' }));
  mkdirSync(join(path, 'infra'));
  cpSync(edgesFile, join(path, 'infra', 'edges.yaml'));
  for (const name of ['login', 'user-profiles', 'search']) {
    const app = join(path, 'apps', name);
    mkdirSync(app, { recursive: true });
    writeFileSync(join(app, 'package.json'), JSON.stringify({ type: 'module', scripts: { start: 'node app.js' } }));
    writeFileSync(join(app, 'app.js'), APP);
  }
  for (const from of installed) install(join(repository, from, 'node_modules'), modules);
  const command = `#!/bin/sh\nexec '${process.execPath}' '${join(repository, 'packages/cli/bin/run-edges.js')}' "$@"\n`;
  rmSync(join(bin, 'run-edges'), { force: true });
  writeFileSync(join(bin, 'run-edges'), command);
  chmodSync(join(bin, 'run-edges'), 0o755);
  return { path, bin, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Links the packages and commands of one `node_modules` into another that does not have them. */
function install(from: string, to: string): void {
  for (const name of readdirSync(from)) {
    if (name === '.bin' || name.startsWith('@')) {
      mkdirSync(join(to, name), { recursive: true });
      for (const inner of readdirSync(join(from, name))) link(join(from, name, inner), join(to, name, inner));
    } else if (!name.startsWith('.')) link(join(from, name), join(to, name));
  }
}

function link(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  try {
    symlinkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
