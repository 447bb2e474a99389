import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeclarationError } from './declaration-error.ts';
import schema from './edges.schema.json' with { type: 'json' };
import { environmentOf } from './environment.ts';
import { ANONYMOUS, invokersOf, mayCall, STRANGER } from './grants.ts';
import { urlVariable } from './identity.ts';
import { takenBy } from './internal/taken-variables.ts';
import { matrix } from './matrix.ts';
import { parseDeclaration } from './parse-declaration.ts';

const names = fc.uniqueArray(fc.stringMatching(/^[a-z][-a-z0-9]{0,24}[a-z0-9]$/), { minLength: 1, maxLength: 8 });
const declarations = names
  .filter((list) => !list.some((name) => ['anonymous', 'stranger'].includes(name) || takenBy(urlVariable(name))))
  .chain((list) =>
    fc.record(
      Object.fromEntries(
        list.map((name) => {
          const others = list.filter((other) => other !== name);
          return [name, fc.record({ public: fc.boolean(), calls: fc.subarray(others) }, { requiredKeys: [] })];
        }),
      ),
    ),
  )
  .map((services) => parseDeclaration(JSON.stringify({ services }), 'edges.yaml'));

const addresses = { urlOf: (name: string) => `https://${name}.test`, emailOf: (name: string) => `${name}@test` };

describe('whatever is declared', () => {
  it('the matrix allows exactly the declared edges and what is public', () => {
    fc.assert(
      fc.property(declarations, (declaration) => {
        const { services } = declaration;
        const cells = matrix(declaration);
        expect(cells).toHaveLength((services.length + 2) * services.length);
        for (const { caller, receiver, expected } of cells) {
          expect(expected === 'allowed').toBe(mayCall(declaration, caller, receiver));
          const open = services.find(({ name }) => name === receiver)!.public;
          if (caller === ANONYMOUS || caller === STRANGER || caller === receiver) {
            expect(expected === 'allowed').toBe(open);
          }
          if (!open) expect(expected === 'allowed').toBe(invokersOf(declaration, receiver).includes(caller));
        }
      }),
    );
  });

  it('a service is told the address of those that it may call and of nobody else', () => {
    fc.assert(
      fc.property(declarations, (declaration) => {
        for (const { name } of declaration.services) {
          const environment = environmentOf(declaration, name, addresses);
          for (const { name: other } of declaration.services) {
            const told = Object.hasOwn(environment, urlVariable(other));
            expect(told).toBe(other !== name && mayCall(declaration, name, other));
          }
        }
      }),
    );
  });
});

describe('whatever is written', () => {
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
  const word = fc.oneof(
    fc.constantFrom('services', 'login', 'search', 'public', 'calls', 'env', 'serviceAccount', '__proto__', 'ingress'),
    fc.string({ maxLength: 8 }),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null)),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(word, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  const services = fc.record({ services: fc.dictionary(word, tree, { maxKeys: 4 }) });

  function outcome(text: string): readonly string[] {
    try {
      parseDeclaration(text, 'edges.yaml');
      return [];
    } catch (error) {
      if (!(error instanceof DeclarationError)) throw error;
      const lines = text.split('\n');
      for (const { line, column, message, mend } of error.problems) {
        expect(line).toBeGreaterThanOrEqual(1);
        expect(line).toBeLessThanOrEqual(lines.length);
        expect(column).toBeGreaterThanOrEqual(1);
        expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
        expect(message).not.toMatch(/undefined|\[object|[\r\n]/);
        expect(mend).toMatch(/[.?]$/);
      }
      expect(error.problems.length).toBeGreaterThan(0);
      return error.problems.map(({ message }) => message);
    }
  }

  it('any text is read or refused, and every problem has a place in it', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200, unit: 'grapheme' }), (text) => void outcome(text)));
  });

  it('any data is read or refused, and what the schema refuses is never read', () => {
    fc.assert(
      fc.property(fc.oneof(services, tree), (data) => {
        const problems = outcome(JSON.stringify(data, undefined, 1));
        if (!validate(data)) expect(problems).not.toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

it('the schema is a valid one', () => {
  expect(new Ajv({ strict: true }).validateSchema(schema)).toBe(true);
});
