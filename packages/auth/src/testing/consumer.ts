import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PACKAGE = new URL('../..', import.meta.url).pathname;
const ROOT = join(PACKAGE, '../..');

/** A TypeScript project outside of this repository that installed the package as its users do: from the packed tarball. */
export interface Consumer extends AsyncDisposable {
  readonly folder: string;
  readonly tarball: string;
  /** Where the package stands in the project. */
  readonly installed: string;
  readonly manifest: Record<string, Record<string, string>>;
  write(file: string, text: string): void;
  /** Compiles files with the project's own TypeScript; returns its complaints. */
  compile(...files: string[]): Promise<string>;
  /** Runs a program in the project; rejects when it fails. */
  run(program: string): Promise<string>;
  /** Takes packages away that the package could load. */
  uninstall(...names: string[]): void;
}

/**
 * Packs the package and installs it, with its dependencies and the development tools of a consumer, from the registry
 * or what pnpm has kept of it: the lockfile of this repository decides the versions, so that nothing new is fetched.
 */
export async function installConsumer(): Promise<Consumer> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'auth-consumer-')));
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  if (isOutOfDate()) await run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], { cwd: PACKAGE });
  await pnpm(PACKAGE, 'pack', '--pack-destination', folder);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  copyFileSync(join(ROOT, 'pnpm-lock.yaml'), join(folder, 'pnpm-lock.yaml'));
  const packages = { '@run-edges/auth': `file:${tarball}`, undici: '^8.0.0', ...frameworks() };
  const tools = {
    '@types/express': '^5.0.0',
    '@types/koa': '^3.0.0',
    '@types/node': '^24.0.0',
    'reflect-metadata': '^0.2.0',
    rxjs: '^7.0.0',
    typescript: '^7.0.0',
  };
  write('package.json', JSON.stringify({ type: 'module', dependencies: packages, devDependencies: tools }));
  await pnpm(folder, 'install', '--prefer-offline', '--no-frozen-lockfile', '--ignore-scripts');

  const installed = join(folder, 'node_modules/@run-edges/auth');
  return {
    folder,
    tarball: join(folder, tarball),
    installed,
    manifest: JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')),
    write,
    async compile(...files) {
      write('tsconfig.json', JSON.stringify({ compilerOptions, files }));
      return run(join(folder, 'node_modules/.bin/tsc'), ['-p', '.', '--pretty', 'false'], { cwd: folder }).then(
        ({ stdout }) => stdout,
        ({ stdout }: { stdout: string }) => stdout,
      );
    },
    run: async (program) =>
      (await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: folder })).stdout,
    uninstall(...names) {
      const modules = join(folder, 'node_modules');
      // pnpm puts the dependencies of a package beside it, and into one more folder above.
      const folders = [modules, dirname(dirname(realpathSync(installed))), join(modules, '.pnpm/node_modules')];
      for (const name of names) for (const at of folders) rmSync(join(at, name), { recursive: true, force: true });
    },
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true });
    },
  };
}

/** Those that the package has a guard for, each an optional peer. */
function frameworks(): Record<string, string> {
  return JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')).peerDependencies;
}

const compilerOptions = {
  module: 'nodenext',
  target: 'es2024',
  lib: ['es2024', 'esnext.disposable'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  outDir: 'out',
  rootDir: '.',
};

async function pnpm(cwd: string, ...args: string[]): Promise<void> {
  await run(process.execPath, [join(ROOT, '.config/pnpm.mjs'), ...args], { cwd }).catch(({ stdout, stderr }) => {
    throw new Error(`pnpm ${args[0]} failed:\n${stdout}${stderr}`);
  });
}

/** Builds only when it must: another suite may be running what is in dist. */
function isOutOfDate(): boolean {
  const newest = (folder: string): number => {
    if (!existsSync(join(PACKAGE, folder))) return 0;
    const files = readdirSync(join(PACKAGE, folder), { recursive: true, encoding: 'utf8' });
    const built = files.filter((name) => !/\.test\.ts$|^testing[/\\]/.test(name));
    return Math.max(...built.map((name) => statSync(join(PACKAGE, folder, name)).mtimeMs));
  };
  return newest('src') > newest('dist');
}
