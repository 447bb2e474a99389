import { parseDeclaration } from '@run-edges/edges';
import { expect, test } from 'vitest';
import { findApp } from './images.ts';

const declaration = parseDeclaration('services: { search: {}, login: {} }', '/project/infra/edges.yaml');
const find = (image: string, images: Record<string, string> = {}, fronts: Record<string, string> = {}) =>
  findApp(image, { images, declaration, fronts, samplesFolder: '/samples' });

test('the last part of an image’s name is a declared service', () => {
  for (const image of [
    'search',
    'search:v1',
    'eu.gcr.io/p/search',
    'localhost:5000/search',
    `europe-docker.pkg.dev/p/images/search:v2@sha256:${'a'.repeat(64)}`,
  ])
    expect(find(image), image).toEqual({ folder: '/project/apps/search' });
  expect(find('x/login', {}, { login: 'http://127.0.0.1:9000' })).toEqual({ url: 'http://127.0.0.1:9000' });
});

test('what is mapped comes first: the whole name, the name without its tag, its last part', () => {
  const images = { 'gcr.io/p/search:v1': '/one', 'gcr.io/p/search': '/two', search: 'https://three.example' };
  expect(find('gcr.io/p/search:v1', images)).toEqual({ folder: '/one' });
  expect(find('gcr.io/p/search:v9', images)).toEqual({ folder: '/two' });
  expect(find('gcr.io/other/search:v1', images)).toEqual({ url: 'https://three.example' });
});

test('an image of Google’s documentation is played, unless it is mapped', () => {
  for (const image of [
    'us-docker.pkg.dev/cloudrun/container/hello',
    'us-docker.pkg.dev/cloudrun/container/hello:latest',
    `us-docker.pkg.dev/cloudrun/container/hello@sha256:${'a'.repeat(64)}`,
    'gcr.io/cloudrun/hello',
  ])
    expect(find(image), image).toEqual({ folder: '/samples/hello' });
  const own = { hello: '/own' };
  expect(find('us-docker.pkg.dev/cloudrun/container/hello', own)).toEqual({ folder: '/own' });
});

test('anything else stands for nothing', () => {
  for (const image of ['', 'research', 'search/api', 'constructor', '__proto__', 'hello', 'eu.gcr.io/mine/hello'])
    expect(find(image), image).toBe(undefined);
});
