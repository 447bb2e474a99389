import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeclaration } from '@run-edges/edges';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type ImageFlags, imagesOf } from './images.ts';

const here = process.cwd();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-edges-images-'));
  process.chdir(folder);
  mkdirSync(join(folder, 'own'));
  writeFileSync(join(folder, 'own', 'Dockerfile'), 'FROM scratch\n');
});
afterAll(() => {
  process.chdir(here);
  rmSync(folder, { recursive: true });
});

const place = { project: 'demo-project', region: 'us-central1' };
const prefix = 'us-central1-docker.pkg.dev/demo-project/run-edges';
const images = (text: string, flags: Partial<ImageFlags> = {}) =>
  imagesOf(parseDeclaration(text, join(folder, 'edges.yaml')), place, { image: new Map(), tag: 'v1', ...flags });

test('an image that is declared is used as it is, of services, jobs and worker pools', async () => {
  const { built, imageOf, build } = await images(
    'services:\n  app: { image: "example.com/app:1" }\njobs:\n  task: { image: example.com/task }\nworkerPools:\n  pool: { image: example.com/pool }\n',
  );
  expect(['app', 'task', 'pool'].map(imageOf)).toEqual(['example.com/app:1', 'example.com/task', 'example.com/pool']);
  expect(built).toBe(false);
  expect(['app', 'task', 'pool'].map(build)).toEqual([undefined, undefined, undefined]);
});

test('one that is given by a flag is used in its place', async () => {
  const { imageOf } = await images('services:\n  app: { image: example.com/app }\n', {
    image: new Map([['app', 'example.com/other']]),
    imagePrefix: 'example.com/apps',
  });
  expect(imageOf('app')).toBe('example.com/other');
});

test.each([
  ['its Dockerfile', 'build: { context: api }', ['api', `--tag=${prefix}/app:v1`]],
  [
    'another Dockerfile, by a recipe',
    'build: { context: api, dockerfile: docker/api.Dockerfile }',
    [
      'api',
      expect.stringMatching(/^--config=.*recipes\/dockerfile\.yaml$/),
      `--substitutions=_DOCKERFILE=docker/api.Dockerfile,_IMAGE=${prefix}/app:v1`,
    ],
  ],
  ['a Dockerfile in the source', 'source: own', ['own', `--tag=${prefix}/app:v1`]],
  ['buildpacks, where there is none', 'source: elsewhere', ['elsewhere', `--pack=image=${prefix}/app:v1`]],
  ['a context that is named like a flag', 'build: { context: ./-x }', ['./-x', `--tag=${prefix}/app:v1`]],
])('%s', async (_, app, how) => {
  const { build, built } = await images(`services:\n  app: { ${app} }\n`);
  expect(built).toBe(true);
  expect(build('app')).toEqual(['builds', 'submit', ...how, '--region=us-central1', '--project=demo-project']);
});

test('a context beside the project is not uploaded', async () => {
  const { build } = await images('services:\n  app: { build: { context: ../beside } }\n');
  expect(() => build('app')).toThrow('The build context of app');
});

test('the recipe takes what it is given', () => {
  const recipe = parse(readFileSync(new URL('../../recipes/dockerfile.yaml', import.meta.url), 'utf8'));
  expect(recipe.steps[0].args).toContain(`--file=${'$'}{_DOCKERFILE}`);
  expect(recipe.images).toEqual([`${'$'}{_IMAGE}`]);
});
