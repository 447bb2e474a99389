import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Consumer, installConsumer } from './testing/consumer.ts';

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

/** The numbers of the lines of a file that the compiler complains of. */
async function linesWithComplaints(name: string): Promise<number[]> {
  const complaints = await consumer.compile(`${name}.ts`);
  const lines = [...complaints.matchAll(/^(\w+)\.ts\((\d+),/gm)].map(([, file, line]) =>
    file === name ? Number(line) : 0,
  );
  return [...new Set(lines)].sort((a, b) => a - b);
}

/** The numbers of the lines that say that they are wrong. */
function expectedOf(lines: readonly string[]): number[] {
  return lines.flatMap((line, index) => (line.endsWith('// error') ? [index + 1] : []));
}

describe('the packed package', () => {
  test('holds what was built and nothing else', () => {
    const { installed } = consumer;
    const top = readdirSync(installed).filter((name) => name !== 'node_modules');
    expect(top.sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json', 'reference.md']);
    const files = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => /test|testing/.test(name)).sort()).toEqual([
      'testing.d.ts',
      'testing.js',
      'testing.js.map',
    ]);
  });

  test('exports files that are there, and names no others', () => {
    const paths = Object.values(consumer.manifest.exports ?? {}).flatMap((conditions) => Object.values(conditions));
    expect(paths).toHaveLength(22);
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
    expect(await linesWithComplaints('wrong')).toEqual(expectedOf(wrong));
  }, 30_000);

  test('knows the caller in the idiom of each framework, and refuses wrong options', async () => {
    const wrong = [
      "import { createServer } from 'node:http';",
      "import { createServer as createHttp2Server } from 'node:http2';",
      "import express from 'express';",
      "import { Hono } from 'hono';",
      "import Koa from 'koa';",
      "import type { Caller } from '@run-edges/auth';",
      "import { callerAuth as expressAuth } from '@run-edges/auth/express';",
      "import { callerAuth as honoAuth, type CallerVariables } from '@run-edges/auth/hono';",
      "import { callerAuth as koaAuth, type CallerState } from '@run-edges/auth/koa';",
      "import { CallerGuard, Callers, CurrentCaller } from '@run-edges/auth/nest';",
      "import { callerAuth as nodeAuth } from '@run-edges/auth/node';",
      'const open = { audience: null, allowedCallers: null };',
      "const signed = { mode: 'signature', ...open } as const;",
      'const node = nodeAuth(signed);',
      'createServer((request, response) => node(request, response, ({ email }) => response.end(email)));',
      'createHttp2Server((request, response) => node(request, response, ({ email }) => response.end(email)));',
      'createServer((request, response) => node(request, response, (caller) => response.end(caller.mail))); // error',
      'createServer(node); // error',
      "node.only(['a@b.example']).only(['a@b.example']).prefetch();",
      "node.only('a@b.example'); // error",
      "nodeAuth({ mode: 'cloud-run', public: true, ...open }); // error",
      "nodeAuth({ ...signed, refusals: 'throw' }); // error",
      "nodeAuth({ ...signed, onRefusal: 'log' }); // error",
      'nodeAuth({ ...signed, onRefusal: ({ code, token }) => console.log(code, token.subject) });',
      'express().use(expressAuth(signed)).get("/", (request, response) => void response.send(request.caller?.email));',
      'express().get("/", (request, response) => void response.send(request.caller.email)); // error',
      'express().get("/", expressAuth(signed).only(["a@b.example"]), (_request, response) => void response.end());',
      "expressAuth({ mode: 'signature', audience: 'x' }); // error",
      'new Koa<CallerState>().use(koaAuth(signed)).use((ctx) => { ctx.body = ctx.state.caller.email; });',
      'new Koa().use(koaAuth(signed)).use((ctx) => { const caller: Caller = ctx.state.caller; void caller; });',
      'new Koa<CallerState>().use((ctx) => { ctx.body = ctx.state.caller.mail; }); // error',
      'koaAuth({}); // error',
      'const hono = new Hono<{ Variables: CallerVariables }>().use(honoAuth(signed));',
      "hono.get('/', (c) => c.text(c.get('caller').email));",
      "hono.get('/', (c) => c.text(c.get('caller').mail)); // error",
      "new Hono().get('/', honoAuth(signed), (c) => c.text(c.get('caller').email));",
      "new Hono().get('/', (c) => c.text(c.get('caller').email)); // error",
      'honoAuth({ ...signed, header: 7 }); // error',
      'new CallerGuard(signed).prefetch();',
      'new CallerGuard(); // error',
      'class People { who(caller: Caller) { return caller.email; } }',
      "CurrentCaller()(People.prototype, 'who', 0);",
      "Callers(['a@b.example'])(People);",
      "Callers('unauthenticated')(People);",
      "Callers('everybody')(People); // error",
    ];
    consumer.write('idioms.ts', wrong.join('\n'));
    expect(await linesWithComplaints('idioms')).toEqual(expectedOf(wrong));
  }, 30_000);

  test('loads the core without any framework, and without undici', async () => {
    consumer.uninstall(
      'undici',
      'fastify',
      'fastify-plugin',
      '@fastify/error',
      'express',
      'koa',
      'hono',
      '@nestjs/common',
      '@nestjs/core',
    );
    const core = ['', '/outbound', '/inbound', '/node', '/express', '/koa'].map((path) => `@run-edges/auth${path}`);
    await consumer.run(core.map((name) => `import '${name}';`).join('\n'));
    await expect(consumer.run("import '@run-edges/auth/fastify';")).rejects.toThrow('fastify-plugin');
    await expect(consumer.run("import '@run-edges/auth/hono';")).rejects.toThrow('hono');
    await expect(consumer.run("import '@run-edges/auth/nest';")).rejects.toThrow('@nestjs/common');
  });
});
