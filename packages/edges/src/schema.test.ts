import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import schema from './edges.schema.json' with { type: 'json' };

interface Node {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly additionalProperties?: boolean | Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly patternProperties?: Readonly<Record<string, Node>>;
  readonly propertyNames?: Node;
  readonly items?: Node;
  readonly definitions?: Readonly<Record<string, Node>>;
}

const root = schema as Node;
const resolved = ({ $ref, ...node }: Node): Node =>
  $ref === undefined ? node : (root.definitions?.[$ref.replace('#/definitions/', '')] as Node);

/** Every part of the schema, by where it is. */
function parts(node: Node, at: string): [string, Node][] {
  const inside = Object.entries({
    ...node.properties,
    ...node.patternProperties,
    ...(typeof node.additionalProperties === 'object' && { '*': node.additionalProperties }),
    ...(node.items && { '[]': node.items }),
    ...(node.propertyNames && { name: node.propertyNames }),
  });
  return [[at, node], ...inside.flatMap(([key, one]) => parts(resolved(one), `${at}.${key}`))];
}

const all = parts(root, 'edges.yaml');
const validator = new Ajv({ strict: true, allowUnionTypes: true });
validator.addSchema(schema, 'edges');

describe('the schema that editors complete by', () => {
  it('is a valid one, and strict', () => {
    expect(validator.validateSchema(schema)).toBe(true);
    expect(() => new Ajv({ strict: true, allowUnionTypes: true, strictTypes: 'log' }).compile(schema)).not.toThrow();
  });

  it.each(all.map(([at, node]) => [at, node] as const))('says in a sentence what %s is', (_, { description }) => {
    expect(description).toMatch(/^\S.{10,}[.]$/);
  });

  it.each(all.filter(([at, { type }]) => type === 'string' && !at.endsWith('name') && !/\.env\.\*$|\[\]$/.test(at)))(
    'shows what can be written for %s',
    (_, node) => {
      expect(node.enum ?? node.examples ?? []).not.toEqual([]);
    },
  );

  it.each(all.flatMap(([at, { examples = [], ...node }]) => examples.map((example) => [at, example, node] as const)))(
    'shows nothing that it would refuse: %s, %j',
    (_, example, node) => {
      const validate = validator.compile({ ...node, definitions: root.definitions });
      expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
    },
  );

  it('closes every mapping whose keys it knows, but for notes of people', () => {
    for (const [at, node] of all.filter(([, { properties }]) => properties !== undefined)) {
      expect(node.additionalProperties, at).toBe(false);
      expect(Object.keys(node.patternProperties ?? {}), at).toEqual(['^x-']);
    }
  });

  it('bounds every list and every mapping', () => {
    for (const [at, node] of all) {
      if (at.includes('.^x-')) continue;
      if (node.type === 'array' && !at.endsWith('audiences')) expect(node, at).toHaveProperty('maxItems');
      if (node.type === 'string' && !at.endsWith('audiences.[]')) {
        const bounded = 'maxLength' in node || node.enum !== undefined || node.pattern?.endsWith('$') === true;
        expect(bounded || at.endsWith('[]') || at.endsWith('.to'), at).toBe(true);
      }
    }
  });
});
