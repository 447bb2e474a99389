import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDeclaration } from '@run-edges/edges';
import { beforeAll, describe, expect, test } from 'vitest';
import { edgesFile, repository } from '../support/repository.ts';
import { attempt, findEngine, run } from './engine.ts';
import type { Contents } from './inside/contents.ts';

const apps = readDeclaration(edgesFile).services.map(({ name }) => name);
const engine = await findEngine('images');

/** Everything that an image may hold. */
const expected =
  /^\/(app\/(dist\/[\w-]+\.js(\.map)?|health\.js|metadata-address\.js|package\.json|(compiled|views|assets|console)\/.+)|lib(64)?\/\S+\.so[.\d]*|usr\/local\/bin\/node|etc\/(passwd|group|hosts|hostname|resolv\.conf|mtab)|\.dockerenv)$/;

/** Names of the packages that a folder's package needs to run, and that those need. */
async function neededToRun(folder: string): Promise<string[]> {
  const pnpm = [process.execPath, join(repository, '.config', 'pnpm.mjs')];
  const list = await run([...pnpm, '--filter', `./${folder}`, 'list', '--prod', '--depth', 'Infinity', '--json']);
  return [...list.matchAll(/"from": "([^"]+)"/g)].map(([, name = '']) => name);
}

interface Image {
  readonly Size: number;
  readonly Config: {
    readonly User: string;
    readonly Env: readonly string[];
    readonly Healthcheck: { readonly Test: readonly string[] };
    readonly Entrypoint: readonly string[];
  };
  readonly RootFS: { readonly Layers: readonly string[] };
}

describe.skipIf(engine.missing)(engine.title, () => {
  const base = 'run-edges/runtime:local';
  beforeAll(async () => {
    const compose = [...engine.compose, '--file', join(repository, 'docker-compose.yml')];
    await run([...compose, 'build'], { timeout: 900_000 });
    const dockerfile = join(repository, 'infra', 'docker', 'Dockerfile');
    await run(['docker', 'build', '--quiet', '--file', dockerfile, '--target', 'runtime', '--tag', base, repository], {
      timeout: 300_000,
    });
  }, 900_000);

  const imageOf = async (name: string): Promise<Image> =>
    JSON.parse(await run(['docker', 'image', 'inspect', name]))[0];
  const runIn = (image: string, ...command: readonly string[]) =>
    run([
      'docker',
      'run',
      '--rm',
      '--read-only',
      '--network',
      'none',
      '--entrypoint',
      command[0] ?? '',
      image,
      ...command.slice(1),
    ]);

  test.each(apps)('%s adds at most 15 MB to its base', async (app) => {
    const [image, runtime] = await Promise.all([imageOf(`run-edges/${app}:local`), imageOf(base)]);
    expect(image.RootFS.Layers.slice(0, runtime.RootFS.Layers.length)).toEqual(runtime.RootFS.Layers);
    const added = (image.Size - runtime.Size) / 1e6;
    console.info(`${app} adds ${added.toFixed(1)} MB to a base of ${(runtime.Size / 1e6).toFixed(0)} MB`);
    expect(added).toBeLessThanOrEqual(15);
  });

  describe.each(['emulator', ...apps])('%s', (name) => {
    const image = `run-edges/${name}:local`;

    test('runs as nobody special, and is asked for its health without a shell', async () => {
      const { User, Healthcheck, Entrypoint } = (await imageOf(image)).Config;
      expect(User).toBe('1000:1000');
      expect(Entrypoint[0]).toBe('node');
      expect(Healthcheck.Test.slice(0, 3)).toEqual(['CMD', 'node', 'health.js']);
      for (const command of ['sh', 'npm'])
        await expect(runIn(image, command, '--version'), command).rejects.toThrow(/executable file not found/);
    });

    test('carries Node, the C library, one bundle, and neither development dependency nor secret', async () => {
      const program = await readFile(new URL('./inside/contents.ts', import.meta.url), 'utf8');
      const { files, packages, secrets }: Contents = JSON.parse(
        await runIn(image, 'node', '--input-type=module-typescript', '--eval', program),
      );
      // The emulator plays Google's example image by an app of its own.
      const played =
        name === 'emulator' ? ['package.json', 'server.js'].map((file) => `/app/images/hello/${file}`) : [];
      expect(files.filter((file) => !expected.test(file))).toEqual(played);
      expect(files).toContain('/app/dist/server.js.map');
      expect(files.some((file) => file.startsWith('/app/compiled/'))).toBe(true);
      expect(secrets).toEqual([]);
      expect(packages.length).toBeGreaterThan(10);
      const needed = await neededToRun(name === 'emulator' ? 'packages/cli' : `apps/${name}`);
      expect(packages.filter((dependency) => !needed.includes(dependency))).toEqual([]);
    });

    test('says no secret in its environment or history', async () => {
      const { Env } = (await imageOf(image)).Config;
      expect(Env.map((variable) => variable.split('=')[0]).sort()).toEqual([
        'NODE_COMPILE_CACHE',
        'NODE_ENV',
        'PATH',
        'PORT',
      ]);
      const history = await run(['docker', 'history', '--no-trunc', '--format', '{{.CreatedBy}}', image]);
      expect(history).not.toMatch(/token|secret|password|authorization/i);
    });

    test('finds its compiled code', async () => {
      const debug = [
        '--env',
        'NODE_DEBUG_NATIVE=COMPILE_CACHE',
        '--env',
        'SERVICE_URL=http://localhost',
        '--env',
        'PORT=x',
      ];
      const { stderr, stdout } = await attempt([
        'docker',
        'run',
        '--rm',
        '--read-only',
        '--network',
        'none',
        ...debug,
        image,
      ]);
      expect(stdout + stderr).toMatch(/server\.js was accepted/);
    });
  });
});
