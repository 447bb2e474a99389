import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DeclarationError } from './declaration-error.ts';
import { parseDeclaration } from './parse-declaration.ts';
import { findService } from './receivers.ts';

const parse = (text: string) => parseDeclaration(text, 'infra/edges.yaml');

describe('parseDeclaration', () => {
  it('fills in every default', () => {
    expect(parse('services:\n  search: {}\n')).toEqual({
      file: 'infra/edges.yaml',
      services: [
        {
          name: 'search',
          public: false,
          calls: [],
          serviceAccount: 'search-run',
          source: resolve('apps/search'),
          ingress: 'all',
          audiences: [],
          env: {},
          minInstances: 0,
          maxInstances: 100,
          concurrency: 80,
        },
      ],
    });
  });

  it('keeps what is written', () => {
    const written = {
      public: true,
      calls: ['search'],
      serviceAccount: 'front-door',
      ingress: 'internal-and-cloud-load-balancing',
      audiences: ['https://login.example.com', 'login'],
      env: { LOG_LEVEL: 'debug', EMPTY: '', _1: 'ünï ☃' },
      minInstances: 1,
      maxInstances: 1,
      concurrency: 1000,
    };
    const declaration = parse(JSON.stringify({ services: { login: written, search: {} } }));
    expect(declaration.services[0]).toMatchObject(written);
  });

  it.each([true, false])('tells http2: %s from a service that says nothing of it', (http2) => {
    const [spoken, silent] = parse(`services: { a: { http2: ${http2}, serviceAccount: abcdef }, silent: {} }`).services;
    expect(spoken).toHaveProperty('http2', http2);
    expect(silent).not.toHaveProperty('http2');
  });

  it.each(['jobs', 'workerPools', 'principals', 'external'])('knows no http2 of %s', (part) => {
    const text = `services: { search: {} }\n${part}: { one: { http2: true } }`;
    expect(() => parse(text)).toThrow('unknown key "http2" in one');
  });

  it.each([
    ['web', 'infra/web'],
    ['./', 'infra'],
    ['../../other/app', '../other/app'],
    ['/srv/app', '/srv/app'],
  ])("resolves the source %s from the file's folder", (source, folder) => {
    const declaration = parse(`services: { login: { source: "${source}" } }`);
    expect(findService(declaration, 'login')?.source).toBe(resolve(folder));
  });

  it('keeps the order of the file', () => {
    const names = ['zebra', 'alpha', 'mid', 'b2b'];
    expect(parse(JSON.stringify({ services: Object.fromEntries(names.map((name) => [name, {}])) })).services).toEqual(
      names.map((name) => expect.objectContaining({ name })),
    );
  });

  it('accepts names and account ids up to their limits', () => {
    const long = 'x'.repeat(49);
    const { services } = parse(
      `services: { ${long}: { serviceAccount: ${'y'.repeat(30)} }, a: { serviceAccount: abcdef }, xy: {}, ${'z'.repeat(26)}: {} }`,
    );
    expect(services.map(({ serviceAccount }) => serviceAccount.length)).toEqual([30, 6, 6, 30]);
  });

  it('accepts mutual calls and longer circles', () => {
    const { services } = parse('services: { aa: { calls: [bb] }, bb: { calls: [cc, aa] }, cc: { calls: [aa] } }');
    expect(services.map(({ calls }) => calls)).toEqual([['bb'], ['cc', 'aa'], ['aa']]);
  });

  it('accepts a few aliases', () => {
    const { services } = parse('services:\n  one: &common { env: { LEVEL: debug } }\n  two: *common\n');
    expect(services.map(({ env }) => env)).toEqual([{ LEVEL: 'debug' }, { LEVEL: 'debug' }]);
  });

  it('takes yes, no, on and off for text, as YAML 1.2 does', () => {
    expect(() => parse('%YAML 1.1\n---\nservices: { login: { public: yes } }')).toThrow(
      'login: public is the text "yes"',
    );
  });

  it.each(['services: {}', 'services:\n', 'services:\n  # none yet\n'])('has no services where it may: %j', (text) => {
    expect(parseDeclaration(text, 'edges.yaml', { mayBeEmpty: true })).toEqual({ file: 'edges.yaml', services: [] });
    expect(() => parseDeclaration(text, 'edges.yaml')).toThrow('"services" is empty');
  });

  it.each(['', '# nothing\n', '{}', 'services: []', 'services: ""', 'service: {}', 'services: {}\nother: 1'])(
    'is to say so: %j',
    (text) => {
      expect(() => parseDeclaration(text, 'edges.yaml', { mayBeEmpty: true })).toThrow(DeclarationError);
    },
  );

  it('bears names that JavaScript objects inherit', () => {
    const declaration = parse('services: { constructor: { calls: [valueof] }, valueof: {}, hasownproperty: {} }');
    expect(declaration.services.map(({ name }) => name)).toEqual(['constructor', 'valueof', 'hasownproperty']);
    expect(findService(declaration, 'toString')).toBeUndefined();
    expect(findService(declaration, '__proto__')).toBeUndefined();
  });

  it('pollutes no prototype', () => {
    const hostile = 'services: { login: { env: { __proto__: polluted, constructor: x } } }';
    expect(Object.entries(parse(hostile).services[0]!.env)).toEqual([
      ['__proto__', 'polluted'],
      ['constructor', 'x'],
    ]);
    expect(() => parse('__proto__: { services: { login: {} } }')).toThrow('unknown key "__proto__" at the top');
    expect(() => parse('services: { login: { __proto__: { public: true } } }')).toThrow(
      'unknown key "__proto__" in login',
    );
    expect(() => parse('services: { __proto__: { public: true } }')).toThrow('"__proto__" cannot be the name');
    expect(({} as Record<string, unknown>).public).toBeUndefined();
  });
});
