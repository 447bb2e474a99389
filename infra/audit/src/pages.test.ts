import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { pages } from './pages.ts';
import { root } from './pnpm.ts';

const read = (page: string) => readFileSync(join(root, page), 'utf8');

/** Files and folders that a page links to, without what is on the web or the page itself. */
function linkedFrom(text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '');
  return [...prose.matchAll(/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g)]
    .map(([, to = '']) => to)
    .filter((to) => !/^[a-z]+:/.test(to));
}

test.each(pages)('%s links to nothing that is not there', (page) => {
  const missing = linkedFrom(read(page)).filter((to) => !existsSync(join(root, dirname(page), decodeURI(to))));
  expect(missing).toEqual([]);
});

test('the map of the house names every storey and its rooms, and commands that there are', () => {
  const map = read('docs/CONTRIBUTING.md');
  const source = 'packages/emulator/src';
  const storeys = readdirSync(join(root, source), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const linked = linkedFrom(map);
  expect(linked).toEqual(expect.arrayContaining(storeys.map(({ name }) => `../${source}/${name}`)));
  expect(linked).toEqual(
    expect.arrayContaining(
      readdirSync(join(root, source, 'run'), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `../${source}/run/${name}`),
    ),
  );
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const commands = [...map.matchAll(/`npm (?:run )?(\w+)/g)].map(([, name = '']) => name);
  expect(commands.length).toBeGreaterThan(5);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(commands));
});

test('a link to what is not there is seen, in whatever form, and an example is none', () => {
  expect(linkedFrom('[a](b.md) [c](d/e.ts#f) [g](#h) [i](https://j.example)\n```md\n[k](l.md)\n```\n')).toEqual([
    'b.md',
    'd/e.ts',
  ]);
});
