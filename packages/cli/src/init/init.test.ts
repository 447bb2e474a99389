import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { declaredCalls, parseDeclaration } from '@run-edges/edges';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { writeDraft } from '../edges-file/write-draft.ts';
import { propose } from './propose.ts';
import { scan } from './scan.ts';
import { edgesTest } from './write-test.ts';

let root: string;
beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), 'run-edges-init-')), 'acme');
  mkdirSync(root);
});
afterEach(() => rmSync(dirname(root), { recursive: true, force: true }));

type Files = Readonly<Record<string, string>>;

function write(files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** What init makes of files: the declaration as it is read, and the rest. */
function initialised(files: Files) {
  write(files);
  const repository = scan(root);
  const proposal = propose(repository, 'edges.yaml');
  const text = writeDraft(proposal.draft);
  const declaration = proposal.services.length === 0 ? undefined : parseDeclaration(text, join(root, 'edges.yaml'));
  return { repository, proposal, text, declaration, test: edgesTest(proposal, repository) };
}

const node = (start: string | null = 'node server.js', more: object = {}) =>
  JSON.stringify({ name: 'x', scripts: start === null ? {} : { start }, ...more });
const fastapi = 'from fastapi import FastAPI\napp = FastAPI()\n\n@app.get("/health")\ndef health():\n    return {}\n';
const goMain = 'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":"+port, nil) }\n';
const spring =
  '<project><build><plugins><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build></project>';
const knative = (name: string, env = '') =>
  `apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: { name: ${name} }\nspec:\n  template:\n    spec:\n      containers:\n        - image: a/b\n          env: [${env}]\n`;

/** Name, files, the services as `NAME FOLDER COMMAND`, and the edges. */
const shapes: readonly (readonly [string, Files, readonly string[], readonly string[]])[] = [
  ['two of Node', { 'web/package.json': node(), 'api/package.json': node() }, ['api api', 'web web'], []],
  [
    'a workspace whose root starts all',
    {
      'package.json': node('turbo start', { workspaces: ['apps/*'] }),
      'apps/web/package.json': node(),
      'packages/lib/package.json': node(null),
    },
    ['web apps/web'],
    [],
  ],
  [
    'one at the root',
    { 'package.json': JSON.stringify({ name: '@acme/shop', scripts: { start: 'node .' } }) },
    ['shop .'],
    [],
  ],
  [
    'one at the root, of Python',
    { 'requirements.txt': 'fastapi', 'main.py': fastapi },
    ['acme . uvicorn main:app --port $PORT'],
    [],
  ],
  [
    'Flask',
    { 'api/requirements.txt': 'flask', 'api/app.py': 'import flask\nserver = flask.Flask(__name__)\n' },
    ['api api flask --app app:server run --port $PORT'],
    [],
  ],
  [
    'Django',
    { 'site/manage.py': 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "x")' },
    ['site site python3 manage.py runserver --noreload $PORT'],
    [],
  ],
  [
    'a script of Python that listens',
    {
      'api/pyproject.toml': '',
      'api/server.py': 'port = os.environ["PORT"]\nif __name__ == "__main__":\n    serve()\n',
    },
    ['api api python3 server.py'],
    [],
  ],
  [
    'scripts of Python alone that listen, by the standard library and by aiohttp',
    {
      'api/server.py': 'from http.server import *\nHTTPServer(("", 1), H).serve_forever()\n',
      'web/app.py': 'from aiohttp import web\nweb.run_app(app, port=1)\n',
    },
    ['api api python3 server.py', 'web web python3 app.py'],
    [],
  ],
  [
    'a script of Python alone with a Dockerfile beside it',
    {
      'api/server.py': 'HTTPServer(("", 1), H).serve_forever()\n',
      'api/Dockerfile': 'FROM python\nCMD ["python", "-O", "server.py"]\n',
    },
    ['api api ["python","-O","server.py"]'],
    [],
  ],
  [
    'scripts of Python alone that only seem to listen',
    {
      'api/main.py': 'import os\nif __name__ == "__main__":\n    observe(os.environ["PORT"])\n',
      'job/tool.py': 'HTTPServer(("", 1), H).serve_forever()\n',
      'web/package.json': node(),
    },
    ['web web'],
    [],
  ],
  [
    'a library of Python',
    { 'lib/pyproject.toml': '', 'lib/lib.py': 'x = 1', 'web/package.json': node() },
    ['web web'],
    [],
  ],
  [
    'a Go module with two commands',
    {
      'go.mod': 'module x',
      'cmd/shop/main.go': goMain,
      'cmd/stock/main.go': goMain,
      'cmd/tool/main.go': 'package main\nfunc main() {}\n',
    },
    ['shop cmd/shop ["bin/shop"]', 'stock cmd/stock ["bin/stock"]'],
    [],
  ],
  [
    'Spring by Maven with its wrapper',
    { 'api/pom.xml': spring, 'api/mvnw': '' },
    ['api api ./mvnw -q spring-boot:run -Dspring-boot.run.arguments=--server.port=$PORT'],
    [],
  ],
  [
    'modules of Maven',
    {
      'pom.xml': '<project><packaging>pom</packaging>spring-boot-maven-plugin</project>',
      'api/pom.xml': spring,
      'lib/pom.xml': '<project/>',
    },
    ['api api mvn -q spring-boot:run -Dspring-boot.run.arguments=--server.port=$PORT'],
    [],
  ],
  [
    'Quarkus by Gradle',
    { 'api/build.gradle.kts': 'plugins { id("io.quarkus") }' },
    ['api api gradle -q quarkusDev -Dquarkus.http.port=$PORT'],
    [],
  ],
  [
    'a Dockerfile, and what it starts',
    { 'api/Dockerfile': 'FROM a AS b\nCMD ["no"]\nFROM c\nENTRYPOINT ["./api"]\nCMD ["--fast"]\n' },
    ['api api ["./api","--fast"]'],
    [],
  ],
  [
    'a Dockerfile for the shell',
    { 'api/Dockerfile': 'FROM c\nCMD ./api \\\n  --port $PORT\n' },
    ['api api ./api    --port $PORT'],
    [],
  ],
  [
    'names of a compose file, and who waits for whom',
    {
      'compose.yaml':
        'services:\n  front: { build: ./web, depends_on: [back, postgres] }\n  back: { build: { context: api } }\n  postgres: { image: postgres }\n',
      'web/package.json': node(),
      'api/package.json': node(),
    },
    ['back api', 'front web'],
    ['front back'],
  ],
  [
    'a compose file of folders that are none of the repository’s',
    {
      'compose.yaml':
        'services:\n  other: { build: ../web }\n  third: { build: /web }\n  fourth: { build: a/../../web }\n',
      'web/package.json': node(),
    },
    ['web web'],
    [],
  ],
  [
    'addresses in a compose file',
    {
      'docker-compose.yml':
        'services:\n  web:\n    build: web\n    environment:\n      - BACKEND_URL=http://api:8080/v1\n      - API_KEY=hunter2-hunter2\n  api: { build: api }\n',
      'web/package.json': node(),
      'api/package.json': node(),
    },
    ['api api', 'web web'],
    ['web api'],
  ],
  [
    'Knative',
    {
      'a/service.yaml': knative(
        'shop',
        '{ name: STOCK_URL, value: "https://stock-123456789012.europe-west1.run.app" }',
      ),
      'a/package.json': node(),
      'b/service.yaml': knative('stock'),
      'b/package.json': node(),
    },
    ['shop a', 'stock b'],
    ['shop stock'],
  ],
  [
    'what the code reads',
    {
      'login/package.json': node(),
      'login/src/client.ts': '\nconst url = process.env.USER_PROFILES_URL;\n',
      'user-profiles/package.json': node(),
      'user-profiles/index.js': 'process.env.LOGIN_URLS; MY_LOGIN_URL',
    },
    ['login login', 'user-profiles user-profiles'],
    ['login user-profiles'],
  ],
  [
    'what tests read is no evidence',
    {
      'a/package.json': node(),
      'a/a.test.ts': 'process.env.BEE_URL',
      'a/test/x.ts': 'BEE_URL',
      'bee/package.json': node(),
    },
    ['a-service a', 'bee bee'],
    [],
  ],
  [
    'what is passed over',
    {
      'web/package.json': node(),
      'node_modules/x/package.json': node(),
      'web/node_modules/y/package.json': node(),
      'vendor/z/package.json': node(),
      '.git/package.json': node(),
      'web2/dist/package.json': node(),
      'tests/fixtures/a/package.json': node(),
    },
    ['web web'],
    [],
  ],
  [
    'names that may not stand',
    {
      'database/package.json': node(),
      'anonymous/package.json': node(),
      'Héllo Wörld/package.json': node(),
      '数据/package.json': node(),
      'a/redis/package.json': node(),
    },
    [
      'anonymous-2 anonymous',
      'database-service database',
      'hello-world Héllo Wörld',
      'redis-service a/redis',
      'unnamed 数据',
    ],
    [],
  ],
  [
    'the same name twice, and one that is too long',
    { 'x/web/package.json': node(), 'y/web/package.json': node(), [`${'long-'.repeat(12)}name/package.json`]: node() },
    ['long-long-long-long-long-l', 'web x/web', 'web-2 y/web'],
    [],
  ],
  [
    'broken files',
    {
      'a1/package.json': '{',
      'b1/package.json': '[]',
      'c1/package.json': '{"scripts":{"start":7}}',
      'compose.yaml': '{{{',
      'service.yaml': '- x',
      'web/package.json': node(),
    },
    ['web web'],
    [],
  ],
];

describe('what is found', () => {
  test.each(shapes)('%s', (_what, files, services, edges) => {
    const { declaration, text, test: written } = initialised(files);
    const found = (declaration?.services ?? []).map(({ name, source, command }) =>
      [name, source.slice(root.length + 1) || '.', typeof command === 'object' ? JSON.stringify(command) : command]
        .filter(Boolean)
        .join(' '),
    );
    expect(found.sort().map((one, at) => one.slice(0, services[at]?.length))).toEqual(services);
    expect(found.length).toBe(services.length);
    expect(declaredCalls(declaration as NonNullable<typeof declaration>)).toEqual(edges);
    // Nothing is open, and behind each line stands what says it.
    expect(declaration?.services.some((one) => one.public)).toBe(false);
    for (const line of text
      .trimEnd()
      .split('\n')
      .filter((one) => !/^\w+:$|^ {4}calls:$|^$/.test(one)))
      expect(line).toMatch(/# \S/);
    expect(text).not.toContain('hunter2');
    for (const edge of edges) expect(text).toMatch(new RegExp(`- ${edge.split(' ')[1]} # guess: `));
    expect(written.text).not.toBe('');
  });

  test('another variable than the one that is told is given the address', () => {
    const { declaration } = initialised({
      'compose.yaml':
        'services:\n  web: { build: web, environment: { BACKEND_ENDPOINT: "http://api:80" } }\n  api: { build: api }\n',
      'web/package.json': node(),
      'api/package.json': node(),
    });
    expect(declaration?.services.find(({ name }) => name === 'web')?.env).toEqual({
      BACKEND_ENDPOINT: `\${services.api.url}`,
    });
  });

  test('links in a circle, and links to services', () => {
    write({ 'web/package.json': node() });
    symlinkSync('..', join(root, 'web', 'up'));
    symlinkSync('web', join(root, 'again'));
    symlinkSync('/', join(root, 'everything'));
    expect(scan(root).folders.map(({ path }) => path)).toEqual(['', 'web']);
  });

  test('ten thousand files, and folders without end', () => {
    for (let folder = 0; folder < 100; folder++) {
      mkdirSync(join(root, `f${folder}`));
      for (let file = 0; file < 100; file++) writeFileSync(join(root, `f${folder}`, `file${file}.js`), 'API_URL');
    }
    write({ 'web/package.json': node(), [`${'deep/'.repeat(20)}package.json`]: node() });
    const { declaration } = initialised({});
    expect(declaration?.services.map(({ name }) => name)).toEqual(['web']);
  });

  test('nothing', () => {
    expect(initialised({}).proposal.services).toEqual([]);
    expect(initialised({ 'README.md': '#', 'lib/package.json': node(null) }).proposal.services).toEqual([]);
  });
});

describe('the test', () => {
  test.each([
    [
      'vitest',
      { 'web/package.json': node('x', { devDependencies: { vitest: '1' } }) },
      'edges.test.mjs',
      'npx vitest run',
    ],
    ['node:test', { 'web/package.json': node() }, 'edges.test.mjs', 'node --test'],
    ['pytest', { 'api/requirements.txt': 'fastapi', 'api/main.py': fastapi }, 'test_edges.py', 'python3 -m pytest'],
    [
      'pytest, where somebody has it',
      { 'web/package.json': node(), 'requirements-dev.txt': 'pytest' },
      'test_edges.py',
      'python3 -m pytest',
    ],
    ['go', { 'go.mod': 'module x', 'cmd/shop/main.go': goMain }, 'edges_test.go', 'go test'],
    ['sh', { 'go/go.mod': 'module x', 'go/main.go': goMain }, 'edges.test.sh', 'sh edges'],
    ['sh for Java', { 'api/pom.xml': spring }, 'edges.test.sh', 'sh edges'],
  ])('%s', (_what, files: Files, file, run) => {
    const { test: written } = initialised(files);
    expect(written).toMatchObject({ file, run: expect.stringContaining(run) });
    expect(written.text).toMatch(/^(?:\/\/|#) Who edits edges.yaml edits the rows: at a service that is public: true/m);
  });

  test('for the shell puts no token on a command line, where everybody on the machine sees it', () => {
    const { test: written } = initialised({ 'go/go.mod': 'module x', 'go/main.go': goMain });
    const folder = mkdtempSync(join(tmpdir(), 'run-edges-init-sh-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    // Stands where curl is, and writes down what it is given.
    writeFileSync(
      join(folder, 'curl'),
      `#!/bin/sh\necho "$*" >> ${folder}/words\ncat >> ${folder}/input\ncase "$*" in *id-token*) echo '{"token":"of-a-caller"}' ;; *) printf 403 ;; esac\n`,
      { mode: 0o755 },
    );
    const env = { PATH: `${folder}:${process.env.PATH}`, RUN_EDGES_TOKEN: 'of-the-developer', GO_URL: 'http://go' };
    const { stdout } = spawnSync('sh', ['-c', written.text], { env, encoding: 'utf8' });
    expect(stdout).toBe('All edges are as they should be.\n');
    const [words, input] = ['words', 'input'].map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(words).toContain('callers/go/id-token');
    expect(words).not.toMatch(/of-a-caller|of-the-developer/);
    expect(input).toContain('Authorization: Bearer of-the-developer\n');
    expect(input).toContain('Authorization: Bearer of-a-caller\n');
  });

  test('asks at a path that the receiver says, and expects 200 there alone', () => {
    const { test: written } = initialised({
      'web/package.json': node(),
      'web/index.js': 'process.env.API_URL; process.env.OLD_URL',
      'api/package.json': node(),
      'api/index.js': "app.get('/items/:id', x);\napp.get('/healthz', x);\napp.get('/items', x);",
      'old/package.json': node(),
    });
    const rows = [...written.text.matchAll(/^ {2}\[(.*)\],$/gm)].map(([, row]) => row);
    expect(rows).toEqual([
      "'web', 'api', '/items', 200",
      "'api', 'api', '/items', 403",
      "'old', 'api', '/items', 403",
      "'anonymous', 'api', '/items', 403",
      "'web', 'old', '/', 'in'",
      "'api', 'old', '/', 403",
      "'old', 'old', '/', 403",
      "'anonymous', 'old', '/', 403",
      "'api', 'web', '/', 403",
      "'old', 'web', '/', 403",
      "'web', 'web', '/', 403",
      "'anonymous', 'web', '/', 403",
    ]);
  });
});

test('whatever folders are called, what is written is read, and has each service once', () => {
  const part = fc.oneof(
    fc.constantFrom(
      'database',
      'stranger',
      'web',
      'api',
      'a',
      'x y',
      'ÄÖ',
      '🚀',
      "it's",
      '$HOME',
      '# no',
      'a: b',
      'a-',
    ),
    fc.string({ minLength: 1, maxLength: 12 }),
  );
  const folder = part
    .map((text) => text.replaceAll(/[/\0]/g, '_').replace(/^\.+/, ''))
    .filter((text) => text !== '' && Buffer.byteLength(text) < 200 && text.isWellFormed());
  fc.assert(
    fc.property(
      fc.uniqueArray(folder, { minLength: 1, maxLength: 8, selector: (one) => one.toLowerCase() }),
      (folders) => {
        const own = mkdtempSync(join(root, 'p'));
        for (const one of folders) {
          mkdirSync(join(own, one));
          writeFileSync(join(own, one, 'package.json'), node());
        }
        const repository = scan(own);
        const { draft, services } = propose(repository, 'edges.yaml');
        const leftOut = draft.notes.filter((note) => note.includes('is left out'));
        expect(services.length + leftOut.length).toBe(repository.folders.length - 1);
        if (services.length === 0) return;
        const declaration = parseDeclaration(writeDraft(draft), join(own, 'edges.yaml'));
        expect(declaration.services.map(({ source }) => source.slice(own.length + 1)).sort()).toEqual(
          services.map((one) => one.folder).sort(),
        );
      },
    ),
    { numRuns: 40 },
  );
});
