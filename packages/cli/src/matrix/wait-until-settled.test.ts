import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseDeclaration } from '@run-edges/edges';
import { expect, onTestFinished, test } from 'vitest';
import type { Target } from './target.ts';
import { asDeclared } from './try-matrix.ts';
import { waitUntilSettled } from './wait-until-settled.ts';

const declaration = parseDeclaration('services:\n  shut: {}\n', 'edges.yaml');
/** anonymous, shut itself, and the stranger. */
const CELLS = 3;

/** A private service whose gate lets everybody in during these looks, counted from 1. */
async function targetOpenIn(openLooks: readonly number[], idToken = async () => 'a.b.c') {
  let requests = 0;
  const server = createServer((_request, response) => {
    const look = Math.floor(requests++ / CELLS) + 1;
    if (openLooks.includes(look)) response.end('ok');
    else response.writeHead(403).end('<html><h1>Error: Forbidden</h1></html>');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const target: Target = { declaration, urlOf: () => url, idToken, decisionOf: async () => undefined };
  return { target, looks: () => requests / CELLS };
}

const patience = { path: '/', looks: 2, seconds: 20 };

test('looks as often as must agree, and no oftener', async () => {
  const { target, looks } = await targetOpenIn([]);
  expect((await waitUntilSettled(target, patience)).every(asDeclared)).toBe(true);
  expect(looks()).toBe(2);
});

test('one look that differs, after one that agreed, begins the count anew', async () => {
  const { target, looks } = await targetOpenIn([2]);
  const told: unknown[] = [];
  const tried = await waitUntilSettled(target, { ...patience, onLook: (differing) => told.push(differing) });
  expect(tried.every(asDeclared)).toBe(true);
  expect(looks()).toBe(4);
  expect(told).toHaveLength(1);
});

test('ends with what it last saw when the time is up', async () => {
  const { target } = await targetOpenIn(Array.from({ length: 100 }, (_, index) => index + 1));
  const tried = await waitUntilSettled(target, { ...patience, seconds: 0 });
  expect(tried.some(asDeclared)).toBe(false);
});

test('goes on when a token cannot be had yet, and throws why when the time is up', async () => {
  let refusals = 2;
  const { target } = await targetOpenIn([], async () => {
    if (refusals-- > 0) throw new Error('not yet');
    return 'a.b.c';
  });
  expect((await waitUntilSettled(target, patience)).every(asDeclared)).toBe(true);

  const { target: never } = await targetOpenIn([], () => Promise.reject(new Error('never')));
  await expect(waitUntilSettled(never, { ...patience, seconds: 0 })).rejects.toThrow('never');
});
