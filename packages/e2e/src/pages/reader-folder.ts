import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { allBlocks } from '@run-edges/audit/code-blocks';
import { parseDeclaration } from '@run-edges/edges';
import { edgesFile, repository } from '../support/repository.ts';

/** A repository of a reader's own, with three small services, gone when it is disposed of. */
export interface ReaderFolder extends Disposable {
  readonly path: string;
  /** Where its commands are, as `npx` and `npm run` would find them. */
  readonly bin: string;
  /** The reader's home folder. */
  readonly home: string;
}

/** Where what the pages import is installed already; the first that has a package gives it. */
const installed = ['packages/e2e', 'packages/auth', 'packages/emulator', 'packages/cli', '.'];

/** The files of YAML that a page shows. */
export function yamlOf(page: string): readonly string[] {
  return allBlocks.filter((block) => block.page === page && block.info === 'yaml').map(({ text }) => text);
}

/** An app that greets whoever comes; as a job it says so, and is done. */
const APP = `import { createServer } from 'node:http';
if (process.env.CLOUD_RUN_JOB) console.log('done');
else createServer((_request, response) => response.end('hello')).listen(process.env.PORT ?? 0, '127.0.0.1');
`;

/**
 * Three services `login`, `user-profiles` and `search` below `apps`, declared in `infra/edges.yaml` as in this repository,
 * and installed what pages may import: our packages as they were built, and the libraries that our tests have.
 *
 * @param files of YAML that the page shows: the first that declares services is `edges.yaml` and `infra/edges.yaml`, and
 * what it declares has an app where the page says
 */
export function readerFolder(files: readonly string[] = []): ReaderFolder {
  const around = mkdtempSync(join(tmpdir(), 'run-edges-reader-'));
  const [path, home] = [join(around, 'mine'), join(around, 'home')];
  const modules = join(path, 'node_modules');
  const bin = join(modules, '.bin');
  mkdirSync(bin, { recursive: true });
  mkdirSync(home);
  writeFileSync(
    join(path, 'package.json'),
    JSON.stringify({ name: 'mine', private: true, type: 'module', scripts: { test: 'node --test' } }),
  );
  const edges = files.find((text) => /^services:/m.test(text)) ?? readFileSync(edgesFile, 'utf8');
  declare(join(path, 'edges.yaml'), edges, bin);
  declare(join(path, 'infra', 'edges.yaml'), edges, bin);
  for (const from of installed) install(join(repository, from, 'node_modules'), modules);
  writeCommand(join(bin, 'run-edges'));
  return { path, bin, home, [Symbol.dispose]: () => rmSync(around, { recursive: true, force: true }) };
}

/** Writes the declaration, and an app for each of its services, jobs and worker pools that has a folder. */
function declare(file: string, text: string, bin: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  const { services, jobs = [], workerPools = [] } = parseDeclaration(text, file);
  for (const { name, source = `../apps/${name}`, command } of [...services, ...jobs, ...workerPools]) {
    const app = resolve(dirname(file), source);
    mkdirSync(app, { recursive: true });
    writeFileSync(join(app, 'package.json'), JSON.stringify({ type: 'module', scripts: { start: 'node app.js' } }));
    writeFileSync(join(app, 'app.js'), APP);
    // Its own command, in whatever language, is the same app.
    const [program = 'app'] = typeof command === 'string' ? command.split(' ') : (command ?? []);
    if (command !== undefined)
      writeFileSync(join(bin, program), `#!/bin/sh\nexec '${process.execPath}' app.js\n`, { mode: 0o755 });
  }
}

/** The command as `npx run-edges` finds it; where a page means port 8080, it is that of PAGE_PORT. */
function writeCommand(file: string): void {
  const command = `'${process.execPath}' '${join(repository, 'packages', 'cli', 'bin', 'run-edges.js')}'`;
  rmSync(file, { force: true });
  const script = [
    '#!/bin/sh',
    'case "$1 $*" in',
    '  *" --port "*) ;;',
    `  "up "* | "front "*) sub=$1; shift; exec ${command} "$sub" --port "$PAGE_PORT" "$@" ;;`,
    // Within `exec` it is known already.
    '  "call "* | "env "* | "job "* | "relay "* | "time "* | "token "*)',
    '    [ -n "$RUN_EDGES_URL" ] || export RUN_EDGES_URL=http://127.0.0.1:"$PAGE_PORT" ;;',
    'esac',
    `exec ${command} "$@"\n`,
  ];
  writeFileSync(file, script.join('\n'), { mode: 0o755 });
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
