import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import schema from './edges.schema.json' with { type: 'json' };
import { parseDeclaration } from './parse-declaration.ts';
import { refusals } from './testing/refusals.ts';

const folder = resolve(import.meta.dirname, '../../../docs/reference');
const page = readFileSync(resolve(folder, 'edges.md'), 'utf8');
const sections = new Map(page.split(/^###? /m).map((text) => [text.slice(0, text.indexOf('\n')), text] as const));
const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
const { definitions } = schema;

/** Rows of the first table of a section: key, default, what. */
function rows(section: string): string[][] {
  const lines = (sections.get(section) ?? '').split('\n');
  const from = lines.findIndex((line) => line.startsWith('| key '));
  const table = lines.slice(
    from + 2,
    lines.findIndex((line, at) => at > from && !line.startsWith('|')),
  );
  return table.map((line) => line.split(/ ?\| ?/).slice(1, -1));
}

describe('docs/reference/edges.md', () => {
  it.each(examples.map((text) => [text]))('shows a file that is read: %s', (text) => {
    expect(parseDeclaration(text, 'edges.yaml').services.length).toBeGreaterThan(0);
  });

  it('has an example of each part', () => {
    const parts = Object.keys(schema.properties);
    expect(parts.length).toBeGreaterThan(6);
    for (const part of parts) {
      expect(sections.has(part), part).toBe(true);
      expect(
        examples.some((text) => new RegExp(`^${part}:`, 'm').test(text)),
        part,
      ).toBe(true);
    }
  });

  it.each([
    ['services', definitions.service],
    ['calls', definitions.edge],
    ['jobs', definitions.job],
    ['workerPools', definitions.workerPool],
    ['principals', definitions.principal],
    ['external', definitions.external],
    ['senders', definitions.sender],
    ['pubsub', definitions.pubsub],
    ['tasks', definitions.tasks],
    ['scheduler', definitions.scheduler],
    ['eventarc', definitions.eventarc],
    ['accepted', definitions.accepted],
  ])('says what each key of %s is, with its default', (section, { properties }) => {
    const told = rows(section);
    expect(told.map(([key]) => key)).toEqual(
      expect.arrayContaining(Object.keys(properties).map((key) => `\`${key}\``)),
    );
    expect(told).toHaveLength(Object.keys(properties).length);
    for (const [key, property] of Object.entries(properties)) {
      if (!('default' in property)) continue;
      const said = told.find(([name]) => name === `\`${key}\``)?.[1];
      const { default: value } = property;
      expect(said, key).toBe(`\`${typeof value === 'string' ? value : JSON.stringify(value)}\``);
    }
  });

  it('shows refusals as they are', () => {
    const text =
      'services:\n  login:\n    public: true\n    # edges\n    calls: [serch]\n  search: {}\n  mail:\n    # slip\n    pubic: true\n';
    const [shown = ''] = [...page.matchAll(/^```text\n([\s\S]*?)^```$/gm)].map(([, block]) => block);
    expect(shown.trim().split('\n')).toEqual(refusals(text).map((line) => `infra/edges.yaml:${line}`));
  });

  it('links to what is there', () => {
    const links = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(5);
    const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text.toLowerCase().replaceAll(' ', '-'));
    for (const link of links)
      if (link.startsWith('#')) expect(headings).toContain(link.slice(1).toLowerCase());
      else expect(() => readFileSync(resolve(folder, link.replace(/#.*/, ''))), link).not.toThrow();
  });
});
