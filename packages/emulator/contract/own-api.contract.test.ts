import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { expect, test } from 'vitest';
import { startEmulator } from '../src/index.ts';

const page = readFileSync(new URL('../../../docs/reference/emulator-api.md', import.meta.url), 'utf8');

test('docs/reference/emulator-api.md has every route of the emulator itself, and no other', async () => {
  const routes: string[] = [];
  const onInitialized = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) if (one !== 'HEAD') routes.push(`${one} ${url.replace('::', ':')}`);
    });
  };
  subscribe('fastify.initialization', onInitialized);
  try {
    await using _ = await startEmulator({ edges: { file: 'edges.yaml', services: [] }, deployed: false });
  } finally {
    unsubscribe('fastify.initialization', onInitialized);
  }
  const own = routes.filter((route) => route.includes(' /run-edges/v1/'));
  const listed = [...page.matchAll(/^\| `([A-Z]+ [^`?]+)(?:\?[^`]*)?` \|/gm)].map(([, route = '']) => route);
  expect(own.length).toBeGreaterThan(15);
  expect(listed.toSorted()).toEqual([...new Set(own)].toSorted());
});
