import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeclaration } from '@run-edges/edges';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmulator } from '../src/index.ts';

const edges = parseDeclaration('services: { login: { public: true, calls: [search] }, search: {} }', 'edges.yaml');
const fronts = { login: 'http://127.0.0.1:9', search: 'http://127.0.0.1:9' };

/** States that are tried in all; `RUN_EDGES_FUZZ=5000` for the long run. */
const RUNS = Number(process.env.RUN_EDGES_FUZZ ?? 60);

const stateDir = mkdtempSync(join(tmpdir(), 'run-edges-hostile-state-'));
const file = join(stateDir, 'emulator.json');
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

let saved: unknown;
beforeAll(async () => {
  const cloud = await startEmulator({ edges, fronts, stateDir });
  cloud.policies.grant('services/search', 'roles/run.invoker', 'user:ada@example.com');
  await cloud.serviceAccountKey('login');
  await cloud.rotateKeys();
  await cloud.stop();
  saved = JSON.parse(readFileSync(file, 'utf8'));
});

/** Starts with the state: what is wrong with it, or undefined where it is taken. Nothing but a told error may come. */
async function startWith(write: () => void): Promise<string | undefined> {
  rmSync(file, { recursive: true, force: true });
  write();
  try {
    await using cloud = await startEmulator({ edges, fronts, stateDir });
    await fetch(`${cloud.url}/run-edges/v1/edges`).then((answer) => answer.json());
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ code: 'STATE_INVALID', mend: expect.stringContaining('Move the file away') });
    return (error as Error).message;
  }
}

describe('a state file', () => {
  test('that is as it was saved is taken', async () => {
    expect(await startWith(() => writeFileSync(file, JSON.stringify(saved)))).toBeUndefined();
  });

  test.each([
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['of another version', '{"version":2}'],
    ['nothing but a version', '{"version":1}'],
    ['keys of the prototype', '{"version":1,"__proto__":{"keys":{},"accountKeys":[],"policies":[]}}'],
    ['deep', `{"version":1,"keys":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['half of one', '{"version":1,"keys":{"signing":'],
  ])('that is %s is refused', async (_, text) => {
    expect(await startWith(() => writeFileSync(file, text))).toContain(file);
  });

  test('that is large, a link to a device, a pipe or a folder is refused, and not waited for', async () => {
    const huge = () => {
      writeFileSync(file, '');
      truncateSync(file, 200 * 1024 * 1024);
    };
    const pipe = () => void execFileSync('mkfifo', [file]);
    for (const write of [huge, pipe, () => symlinkSync('/dev/zero', file), () => void execFileSync('mkdir', [file])])
      expect(await startWith(write)).toContain(file);
  });

  test('of which any part is something else is refused or taken, and never worse', async () => {
    const rubbish = fc.constantFrom(
      null,
      true,
      7,
      -1,
      1e308,
      '',
      'text',
      [],
      [null],
      {},
      { length: -1 },
      { __proto__: null },
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(), rubbish, fc.boolean(), async (at, value, remove) => {
        const changed = structuredClone(saved);
        const places = placesIn(changed);
        const place = places[at % places.length];
        if (place === undefined) return;
        if (remove) Reflect.deleteProperty(place.of, place.name);
        else Reflect.set(place.of, place.name, value);
        await startWith(() => writeFileSync(file, JSON.stringify(changed)));
      }),
      { numRuns: RUNS },
    );
  });
});

/** Every value in it, by where it stands. */
function placesIn(value: unknown): { of: object; name: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((name) => [
    { of: value, name },
    ...placesIn((value as Record<string, unknown>)[name]),
  ]);
}
