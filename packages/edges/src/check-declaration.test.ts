import { describe, expect, test } from 'vitest';
import {
  type Declaration,
  declaredCalls,
  deterministicUrl,
  environmentOf,
  findService,
  imageRepository,
  invokersOf,
  matrix,
  mayCall,
  mermaid,
  parseDeclaration,
  readDeclaration,
  type Service,
  serviceAccountEmail,
  urlVariable,
} from './index.ts';

const declaration = parseDeclaration('services: { up: { calls: [down] }, down: {} }', 'edges.yaml');
const addresses = { urlOf: () => 'http://a', emailOf: () => 'a@b' };

/** What environments and command lines give where something else is meant. */
const never = [undefined, null, Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, Symbol.iterator, () => 'x'];
const texts = ['', 'true', 'false', '1', '300'];
const notText = [...never, 0, 1, true, false, [], {}, ['a']];

/** For each part of a service what it cannot be. A part without a row is an error of the compiler. */
const wrong: { readonly [Name in keyof Required<Service>]: readonly unknown[] } = {
  name: ['', ...notText],
  public: [...never, ...texts, 0, 1, [], {}],
  calls: [...never, ...texts, 'down', 0, true, {}, [''], [1], [null], [['down']]],
  serviceAccount: ['', ...notText],
  source: ['', ...notText],
  command: [null, '', 1, true, {}, [], [''], [1]],
  ingress: ['', 'ALL', 'none', ...notText],
  audiences: [...never, ...texts, 0, true, {}, [''], [1]],
  env: [...never, ...texts, 0, true, [], { A: 1 }, { A: null }, { A: undefined }],
  limits: [
    null,
    'a',
    1,
    [],
    { down: null },
    { down: {} },
    { down: { paths: 'a' } },
    { down: { paths: [], until: '2027-02-30' } },
  ],
  owner: [null, '', 1, []],
  image: [null, '', 1, []],
  build: [null, '', 'a', [], {}, { context: 'a' }, { context: '', dockerfile: 'a' }],
  regions: [null, '', 'europe-west1', {}, [''], [1]],
  minInstances: [...never, ...texts, true, [], {}, 2 ** 53],
  maxInstances: [0, ...never, ...texts, true, [], {}],
  concurrency: [0, ...never, ...texts, true, [], {}],
  http2: [null, 0, 1, '', 'true', [], {}],
};

const withPart = (name: string, value: unknown): Declaration => ({
  ...declaration,
  services: declaration.services.map((service) => ({ ...service, [name]: value })),
});
const readers: Record<string, (given: Declaration) => unknown> = {
  matrix,
  declaredCalls,
  mermaid,
  findService: (given) => findService(given, 'up'),
  mayCall: (given) => mayCall(given, 'up', 'down'),
  invokersOf: (given) => invokersOf(given, 'down'),
  environmentOf: (given) => environmentOf(given, 'up', addresses),
};
const refusal = expect.objectContaining({ code: 'DECLARATION_INVALID' });

describe('a declaration that a program made', () => {
  test.each(Object.entries(wrong).flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
    'is refused where %s is %o, by everything that reads one',
    (name, value) => {
      for (const read of Object.values(readers)) expect(() => read(withPart(name, value))).toThrow(refusal);
    },
  );

  test.each([
    undefined,
    null,
    'edges.yaml',
    [],
    {},
    { file: 'a' },
    { file: 1, services: [] },
    { file: 'a', services: {} },
  ])('is refused where it is %o', (given) => {
    for (const read of Object.values(readers)) expect(() => read(given as never)).toThrow(refusal);
  });

  test.each([
    { services: [null] },
    { services: ['up'] },
    { services: [...declaration.services, ...declaration.services] },
  ])('is refused with services that are none, or one of them twice: %#', ({ services }) => {
    for (const read of Object.values(readers))
      expect(() => read({ file: 'a', services: services as never })).toThrow(refusal);
  });

  test('is taken where it says what the reader says', () => {
    expect(matrix(structuredClone(declaration))).toEqual(matrix(declaration));
  });
});

test('texts, functions and flags are asked for as such', () => {
  for (const value of notText) {
    const given = value as never;
    for (const call of [
      () => readDeclaration(given),
      () => parseDeclaration(given, 'a'),
      () => parseDeclaration('services: {}', given),
      () => serviceAccountEmail(given, 'p'),
      () => serviceAccountEmail('a', given),
      () => deterministicUrl(given, { number: '1', region: 'r' }),
      () => deterministicUrl('a', { number: given, region: 'r' }),
      () => deterministicUrl('a', { number: '1', region: given }),
      () => imageRepository(given, 'r'),
      () => imageRepository('p', given),
      () => urlVariable(given),
      () => findService(declaration, given),
      () => mayCall(declaration, given, 'down'),
      () => mayCall(declaration, 'up', given),
      () => invokersOf(declaration, given),
    ])
      expect(call).toThrow(TypeError);
  }
  for (const value of ['true', 1, null])
    expect(() => mermaid(declaration, { forbidden: value as never })).toThrow(TypeError);
  for (const given of [undefined, null, {}, { urlOf: () => 'a' }, { urlOf: 'a', emailOf: 'b' }])
    expect(() => environmentOf(declaration, 'up', given as never)).toThrow(TypeError);
});
