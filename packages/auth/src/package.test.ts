import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Consumer, installConsumer, runTool } from './testing/consumer.ts';

let consumer: Consumer;
beforeAll(async () => {
  consumer = await installConsumer();
}, 60_000);
afterAll(() => consumer?.[Symbol.asyncDispose]());

/** The examples of a document: its blocks of TypeScript. */
function examples(document: string): string[] {
  const text = readFileSync(join(consumer.installed, document), 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
}

describe('the packed package', () => {
  test('holds what was built and nothing else', () => {
    const { installed } = consumer;
    const top = readdirSync(installed).filter((name) => name !== 'node_modules');
    expect(top.sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json', 'reference.md']);
    const files = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => /test|testing/.test(name))).toEqual([]);
  });

  test('exports files that are there, and names no others', () => {
    const paths = Object.values(consumer.manifest.exports ?? {}).flatMap((conditions) => Object.values(conditions));
    expect(paths).toHaveLength(8);
    for (const path of paths) expect(existsSync(join(consumer.installed, path)), path).toBe(true);
  });

  test('names versions of its dependencies, not the catalog of a workspace', () => {
    expect(Object.keys(consumer.manifest.dependencies ?? {}).sort()).toEqual([
      '@fastify/error',
      'fastify-plugin',
      'google-auth-library',
      'jose',
      'undici',
    ]);
    for (const version of Object.values(consumer.manifest.dependencies ?? {})) expect(version).toMatch(/^\^\d/);
  });

  test('is clean by publint', async () => {
    expect(await runTool('publint', 'run', consumer.tarball, '--strict')).toEqual({
      code: 0,
      output: expect.stringContaining('All good!'),
    });
  }, 30_000);

  test('has types where its code is, by attw', async () => {
    const { code, output } = await runTool('attw', consumer.tarball, '--profile', 'esm-only', '--format', 'json');
    expect(code, output).toBe(0);
    const { entrypoints } = JSON.parse(output).analysis;
    expect(Object.keys(entrypoints)).toEqual(['.', './outbound', './inbound', './fastify']);
  }, 30_000);
});

describe('a project that installed it', () => {
  test('compiles and runs the examples of README and reference', async () => {
    const codes = ['README.md', 'reference.md'].flatMap(examples);
    expect(codes.length).toBeGreaterThan(8);
    const names = codes.map((code, index) => {
      consumer.write(`example-${index}.ts`, code);
      return `example-${index}`;
    });
    expect(await consumer.compile(...names.map((name) => `${name}.ts`))).toBe('');
    await consumer.run(names.map((name) => `await import('./out/${name}.js');`).join('\n'));
  }, 30_000);

  test('cannot compile what is wrong', async () => {
    const wrong = [
      "import { createServiceClient } from '@run-edges/auth/outbound';",
      "import { createVerifier } from '@run-edges/auth/inbound';",
      "import { type AnyRunAuthError, type Caller, isRunAuthError } from '@run-edges/auth';",
      "createServiceClient({ url: 'https://a.example', header: 'both' });",
      "const like: typeof fetch = createServiceClient({ url: 'https://a.example' }).fetch; void like(new Request('x:y'));",
      "void createServiceClient({ url: 'https://a.example' }).fetch(7); // error",
      "createServiceClient({ url: 'https://a.example', header: 'cookie' }); // error",
      'createServiceClient({}); // error',
      "createServiceClient({ url: 'https://a.example', source: { identity: 'x' } }); // error",
      "createVerifier({ audience: 'x', allowedCallers: null }); // error",
      "createVerifier({ mode: 'signature', allowedCallers: null }); // error",
      "createVerifier({ mode: 'signature', audience: undefined, allowedCallers: null }); // error",
      "createVerifier({ mode: 'signature', audience: null }); // error",
      "import { pubsubPush } from '@run-edges/auth/inbound';",
      'const open = { audience: null, allowedCallers: null };',
      "createVerifier({ mode: 'cloud-run', public: false, ...open });",
      "createVerifier({ mode: 'cloud-run', public: true, ...open }); // error",
      "createVerifier({ mode: 'cloud-run', header: 'authorization', ...open }); // error",
      "createVerifier({ mode: 'cloud-run', header: 'x-serverless-authorization', ...open }); // error",
      "createVerifier({ mode: 'signature', public: true, header: 'authorization', ...open });",
      "pubsubPush({ mode: 'signature', public: true, serviceAccount: 'x', audience: 'y' });",
      "pubsubPush({ mode: 'cloud-run', public: true, serviceAccount: 'x', audience: 'y' }); // error",
      "pubsubPush({ mode: 'cloud-run', header: 'authorization', serviceAccount: 'x', audience: 'y' }); // error",
      "import { callerAuth } from '@run-edges/auth/fastify';",
      "import { fastify } from 'fastify';",
      "void fastify().register(callerAuth, { mode: 'cloud-run', refusals: 'throw', ...open });",
      "void fastify().register(callerAuth, { mode: 'cloud-run', header: 'authorization', ...open }); // error",
      "declare const caller: Caller; caller.email = 'x'; // error",
      'declare const failure: AnyRunAuthError;',
      "if (isRunAuthError(failure) && failure.code === 'RUN_AUTH_TYPO') {} // error",
      "if (failure.name === 'FrontEndError') { const status: 401 | 403 | 404 = failure.status; void status; }",
      "import auth from '@run-edges/auth'; // error",
      "import {} from '@run-edges/auth/dist/errors.js'; // error",
    ];
    consumer.write('wrong.ts', wrong.join('\n'));
    const complaints = await consumer.compile('wrong.ts');
    const lines = new Set([...complaints.matchAll(/^wrong\.ts\((\d+),/gm)].map(([, line]) => Number(line)));
    const expected = wrong.flatMap((line, index) => (line.endsWith('// error') ? [index + 1] : []));
    expect([...lines].sort((a, b) => a - b)).toEqual(expected);
  }, 30_000);

  test('loads the core without Fastify, and without undici', async () => {
    consumer.uninstall('fastify', 'fastify-plugin', '@fastify/error', 'undici');
    const core = ['@run-edges/auth', '@run-edges/auth/outbound', '@run-edges/auth/inbound'];
    await consumer.run(core.map((name) => `import '${name}';`).join('\n'));
    await expect(consumer.run("import '@run-edges/auth/fastify';")).rejects.toThrow('fastify-plugin');
  });
});
