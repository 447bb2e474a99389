import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repository } from '../support/repository.ts';
import { inProject, succeeds } from '../take-home/packed.ts';
import { attempt, findEngine, run } from './engine.ts';
import { until } from './stack.ts';

const engine = await findEngine('the image of the command');
const IMAGE = 'run-edges/run-edges:local';
const SIZE_LIMIT_MB = 200;

describe.skipIf(engine.missing)(engine.title, () => {
  let folder: string;
  let container = '';
  let api = '';
  const docker = (...args: readonly string[]) => run(['docker', ...args]);
  const edges = () => ['--volume', `${join(folder, 'edges.yaml')}:/repository/edges.yaml:ro`];

  beforeAll(async () => {
    const dockerfile = join(repository, 'infra', 'docker', 'Dockerfile');
    await run(['docker', 'build', '--file', dockerfile, '--target', 'run-edges', '--tag', IMAGE, repository], {
      timeout: 900_000,
    });
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'run-edges-image-')));
    writeFileSync(join(folder, 'edges.yaml'), 'services:\n  front: { public: true, calls: [depths] }\n  depths: {}\n');
    const fronts = ['--front', 'front=http://127.0.0.1:9', '--front', 'depths=http://127.0.0.1:9'];
    const locked = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--publish', '127.0.0.1::8080'];
    container = await docker('run', '--detach', ...locked, ...edges(), IMAGE, 'front', '--host', '0.0.0.0', ...fronts);
    api = `http://${await docker('port', container, '8080/tcp')}`;
  }, 960_000);
  afterAll(async () => {
    if (container !== '') await docker('rm', '--force', container);
    rmSync(folder, { recursive: true, force: true });
  });

  test(`is of nobody special, without a shell, and below ${SIZE_LIMIT_MB} MB`, async () => {
    const [{ Config, Size }] = JSON.parse(await docker('image', 'inspect', IMAGE));
    expect(Config.User).toBe('1000:1000');
    console.info(`the image has ${(Size / 1e6).toFixed(0)} MB`);
    expect(Size / 1e6).toBeLessThan(SIZE_LIMIT_MB);
    expect((await attempt(['docker', 'run', '--rm', '--entrypoint', 'sh', IMAGE, '-c', 'true'])).code).not.toBe(0);
  });

  test('is healthy once all that is declared is up', async () => {
    await until(
      'healthy',
      async () => (await docker('inspect', '--format', '{{.State.Health.Status}}', container)) === 'healthy',
    );
    const ready = await fetch(`${api}/run-edges/v1/ready`);
    expect({ status: ready.status, body: await ready.json() }).toEqual({
      status: 200,
      body: { ready: true, missing: [] },
    });
    expect((await fetch(`${api}/run-edges/v1/services`)).status).toBe(200);
  });

  test('is the command, for whatever else', async () => {
    expect(await docker('run', '--rm', ...edges(), IMAGE, 'explain', 'front', 'depths')).toContain('allowed');
    const wrong = await attempt(['docker', 'run', '--rm', IMAGE, 'diagram']);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/^run-edges: /);
  });

  test('is started by Testcontainers as the recipe says, whose test fails where everybody is let in', async () => {
    const recipe = join(repository, 'docs', 'recipes', 'testcontainers');
    const project = join(folder, 'recipe');
    cpSync(recipe, project, { recursive: true });
    const [, block = ''] = /^```sh\n([\s\S]*?)^```$/m.exec(readFileSync(join(recipe, 'README.md'), 'utf8')) ?? [];
    // Its own container, that ends others when a test is killed, comes from a registry of images.
    const env = { RUN_EDGES_IMAGE: IMAGE, TESTCONTAINERS_RYUK_DISABLED: 'true' };
    const sh = (line: string) => inProject(project, ['sh', '-c', line], { env });
    const [install = '', last = ''] = block.trim().split('\n');
    await succeeds(sh(install));
    expect((await succeeds(sh(last))).stdout).toMatch(/pass 3/);
    await succeeds(sh("sed -i.before 's/stock: {}/stock: { public: true }/' edges.yaml"));
    const without = await sh(last);
    expect(without.code).toBe(1);
    expect(without.stdout).toMatch(/fail 2/);
  }, 600_000);
});
