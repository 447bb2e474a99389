import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from './pnpm.ts';

/** The emulator's folders, each importing only from those before it. */
const storeys = ['internal', 'identity', 'iam', 'run', 'delivery', 'google', 'addresses', 'watch', 'cloud'] as const;
const source = 'packages/emulator/src';

test('the emulator has these storeys, and nothing beside them but its index', () => {
  expect(readdirSync(join(root, source)).sort()).toEqual([...storeys, 'index.ts'].sort());
});

const ways = {
  'a type': "import type { A } from '%';\nexport type B = A;\n",
  'a value': "import { a } from '%';\nexport const b = a;\n",
  'what it passes on': "export { a } from '%';\n",
  'what it loads late': "export const a = () => import('%');\n",
} as const;
const rooms = ['', 'room/', 'room/corner/'];
const above = (one: string, other: string) => storeys.indexOf(one as never) > storeys.indexOf(other as never);

/** What somebody could build: a file in each storey for each other one, by each way, at each depth. */
const built = storeys.flatMap((from) =>
  storeys
    .filter((to) => to !== from)
    .flatMap((to) =>
      Object.entries(ways).flatMap(([way, text], index) =>
        rooms.map((room) => {
          const up = '../'.repeat(room.split('/').length);
          const file = `${source}/${from}/${room}${to}${index}.ts`;
          return { from, to, way, file, text: text.replace('%', `${up}${to}/room/b.ts`) };
        }),
      ),
    ),
);
const besides = {
  'packages/any/src/value-a.ts': "import { b } from './value-b.ts';\nexport const a = () => b;\n",
  'packages/any/src/value-b.ts': "import { a } from './value-a.ts';\nexport const b = a;\n",
  'packages/any/src/type-a.ts': "import type { B } from './type-b.ts';\nexport type A = B[];\n",
  'packages/any/src/type-b.ts': "import type { A } from './type-a.ts';\nexport type B = A | 1;\n",
  [`${source}/iam/its-own-room.ts`]: "export { b } from './run/b.ts';\n",
};

interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string };
}
let house: string;
let refused: readonly string[];
beforeAll(() => {
  house = mkdtempSync(join(tmpdir(), 'run-edges-storeys-'));
  cpSync(join(root, '.biome.json'), join(house, 'biome.json'));
  for (const [file, text] of [...built.map(({ file, text }) => [file, text] as const), ...Object.entries(besides)]) {
    mkdirSync(dirname(join(house, file)), { recursive: true });
    writeFileSync(join(house, file), text);
  }
  const { stdout } = spawnSync(
    join(root, 'node_modules/.bin/biome'),
    ['lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none'],
    { cwd: house, encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  refused = (JSON.parse(stdout).diagnostics as Diagnostic[]).map(
    ({ category, location }) => `${location.path} ${category}`,
  );
});
afterAll(() => rmSync(house, { recursive: true }));

test.each(storeys)('%s takes nothing from above by any way, and anything from below', (storey) => {
  const own = built.filter(({ from }) => from === storey);
  const upward = own.filter(({ to }) => above(to, storey)).map(({ file }) => `${file} lint/style/noRestrictedImports`);
  expect(refused.filter((one) => one.startsWith(`${source}/${storey}/`)).sort()).toEqual(upward.sort());
});

test('a circle is refused, of types as of values', () => {
  expect(refused.filter((one) => one.startsWith('packages/any/')).sort()).toEqual(
    ['type-a', 'type-b', 'value-a', 'value-b'].map(
      (name) => `packages/any/src/${name}.ts lint/suspicious/noImportCycles`,
    ),
  );
});
