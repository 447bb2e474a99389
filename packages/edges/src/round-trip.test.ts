import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { declaredBindings } from './bindings.ts';
import { callersOf, memberOf } from './callers.ts';
import type { Declaration } from './declaration.ts';
import { DeclarationError } from './declaration-error.ts';
import { environmentOf } from './environment.ts';
import { invokersOf, mayCall } from './grants.ts';
import { matrix } from './matrix.ts';
import { mermaid } from './mermaid.ts';
import { parseDeclaration } from './parse-declaration.ts';
import { receiversOf } from './receivers.ts';
import { files } from './testing/declarations.ts';
import { written } from './testing/written.ts';

const read = (data: unknown) => parseDeclaration(stringify(data), 'edges.yaml');
const declarations = files.map(read);
const now = new Date('2030-01-01');

describe('whatever is declared, of every kind', () => {
  it('says the same when it is written out and read again', () => {
    fc.assert(
      fc.property(declarations, (declaration) => {
        expect(read(written(declaration))).toEqual(declaration);
        expect(parseDeclaration(JSON.stringify(written(declaration)), 'edges.yaml')).toEqual(declaration);
      }),
    );
  });

  it('has a row for each caller, a column for each receiver, and lets in by declared edges and what is public alone', () => {
    fc.assert(
      fc.property(declarations, (declaration) => {
        const cells = matrix(declaration, { now });
        expect(cells).toHaveLength((callersOf(declaration).length + 2) * receiversOf(declaration).length);
        for (const { caller, receiver, expected, path, reason } of cells) {
          if (expected === 'allowed') expect(mayCall(declaration, caller, receiver)).toBe(true);
          else expect(path).toBeUndefined();
          expect(reason).not.toMatch(/undefined|\[object/);
        }
      }),
    );
  });

  it('asks for a binding of each caller with an edge, and of nobody else', () => {
    fc.assert(
      fc.property(declarations, (declaration) => {
        for (const { name, public: open } of declaration.services) {
          const bindings = declaredBindings(declaration, name, (caller) => memberOf(caller, 'acme'));
          const members = new Set(bindings.flatMap((binding) => binding.members));
          const declared = callersOf(declaration).filter(({ name: caller }) =>
            invokersOf(declaration, name).includes(caller),
          );
          const expected = declared.map((caller) => memberOf(caller, 'acme'));
          expect(members).toEqual(new Set([...(open ? ['allUsers'] : []), ...expected]));
          expect(bindings.filter(({ condition }) => condition === undefined).length).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('tells each caller those that it may call, and has one node for each in the diagram', () => {
    const addresses = { urlOf: (name: string) => `https://${name}.test`, emailOf: (name: string) => `${name}@test` };
    fc.assert(
      fc.property(declarations, (declaration) => {
        for (const { name } of callersOf(declaration)) {
          const told = Object.values(environmentOf(declaration, name, addresses));
          // A task says where it goes.
          const filled = (declaration.senders ?? []).filter(({ tasks, from }) => tasks && from.includes(name));
          for (const { name: other, url = `https://${other}.test` } of receiversOf(declaration))
            expect(told.includes(url), `${name} ${other}`).toBe(
              mayCall(declaration, name, other) ||
                filled.some(({ to }) => to === other && !url.endsWith('example.com')) ||
                (name === other && !url.endsWith('example.com')),
            );
        }
        const nodes = mermaid(declaration)
          .split('\n')
          .filter((line) => /^ {2}\w+[[({>]/.test(line));
        const ids = new Set(nodes.map((line) => /\w+/.exec(line)?.[0]));
        expect(ids.size).toBe(nodes.length);
      }),
    );
  });
});

describe('whatever stands in any place of it', () => {
  const hostile = fc.oneof(
    fc.constantFrom<unknown>(
      ...[
        null,
        '',
        '*',
        `\${services.a.url}`,
        '__proto__',
        '\u0000',
        '\u001b[31m',
        '<<',
        'a -> b',
        '//',
        '-1',
        'allUsers',
      ],
      ...[Number.NaN, -1, 1e308, {}, [], [[]], { to: {} }, { toString: 1 }, { constructor: { name: 1 } }, [null]],
    ),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.jsonValue({ maxDepth: 2 }),
  );

  function outcome(text: string): Declaration | readonly string[] {
    try {
      return parseDeclaration(text, 'edges.yaml');
    } catch (error) {
      if (!(error instanceof DeclarationError)) throw error;
      const lines = text.split('\n');
      for (const { line, column, message, mend } of error.problems) {
        expect(line).toBeGreaterThanOrEqual(1);
        expect(line).toBeLessThanOrEqual(lines.length);
        expect(column).toBeGreaterThanOrEqual(1);
        expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
        expect(`${message} ${mend}`).not.toMatch(/undefined|\[object|\p{Cc}/u);
        expect(mend).toMatch(/[.?]$/);
      }
      return error.problems.map(({ message }) => message);
    }
  }

  it('is read, or refused with its place', () => {
    fc.assert(
      fc.property(files, fc.nat(), hostile, fc.boolean(), (file, at, text, asKey) => {
        const places = placesIn(file);
        const place = places[at % places.length] ?? [];
        const broken = asKey
          ? withKey(file, place, typeof text === 'string' ? text : JSON.stringify(text))
          : withValue(file, place, text);
        const read = outcome(JSON.stringify(broken, undefined, 1));
        // What was read can be worked with.
        if ('services' in read) expect(matrix(read).length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});

type Place = readonly (string | number)[];

function placesIn(value: unknown, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [at];
  const keys: (string | number)[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [at, ...keys.flatMap((key) => placesIn((value as Record<string | number, unknown>)[key], [...at, key]))];
}

function withValue(value: unknown, [step, ...rest]: Place, given: unknown): unknown {
  if (step === undefined) return given;
  if (Array.isArray(value)) return value.map((one, at) => (at === step ? withValue(one, rest, given) : one));
  const all = Object.entries(value as object);
  return Object.fromEntries(all.map(([key, one]) => [key, key === step ? withValue(one, rest, given) : one]));
}

function withKey(value: unknown, place: Place, given: string): unknown {
  const [step, ...rest] = place;
  if (step === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one, at) => (at === step ? withKey(one, rest, given) : one));
  const all = Object.entries(value);
  return Object.fromEntries(
    all.map(([key, one]) =>
      key !== step ? [key, one] : rest.length === 0 ? [given, one] : [key, withKey(one, rest, given)],
    ),
  );
}
