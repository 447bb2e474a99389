import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeclaration } from '@run-edges/edges';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { composeFile } from '../compose/compose-file.ts';
import { localAddresses } from '../compose/local-addresses.ts';
import { wantedDeployment } from '../deployment/wanted.ts';
import { PROJECT_NUMBER } from '../gcloud/shell-command.ts';
import { NOTHING } from './found.ts';
import { imagesOf } from './images.ts';
import { planApis, planDeployment } from './plan.ts';
import { deploymentScript } from './script.ts';

const here = process.cwd();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-edges-hostile-'));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(here);
  rmSync(folder, { recursive: true });
});

/** Words that mean something to JavaScript's objects, to Mermaid, to YAML or to a shell. */
const names = fc.constantFrom(
  ...['constructor', 'end', 'class', 'graph', 'true', 'null', 'yes', 'on', 'no', 'emulator-two', 'help', 'image', 'e1'],
);
const variables = fc.constantFrom(
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'y', 'NO', 'null', 'LD_PRELOAD', 'A', '_'],
);
const parts = [
  '$',
  '$PROJECT_NUMBER',
  '$' + '{PROJECT_NUMBER}',
  '$$',
  '$(touch canary)',
  '`touch canary`',
  '"',
  "'",
  '\\',
  ',',
];
const more = [
  ';',
  '|',
  '^',
  '^;^',
  '=',
  ':',
  '#',
  '\n',
  '\r',
  '\t',
  '\u001b[2J',
  '\u202e',
  '\u0085',
  '--help',
  '-',
  '12:30',
  '0x1f',
  ' ',
  '~',
  '!',
];
const values = fc
  .array(fc.oneof(fc.constantFrom(...parts, ...more), fc.string({ unit: 'binary', maxLength: 2 })), { maxLength: 5 })
  .map((some) => some.join('').replaceAll('\0', '').toWellFormed());
const audiences = values.map((value) => `a${value.replaceAll(/[^!-~]/g, '')}`);
const sources = fc
  .array(
    fc.constantFrom('--help', '-x', '$', '`id`', '$(id)', "'", '"', ' ', ',', ',_IMAGE=evil', ';', '=', '~', '#', '^'),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((some) => some.join('').trim() || 'app')
  .filter((source) => !source.startsWith('~'));

const service = fc.record(
  {
    public: fc.boolean(),
    serviceAccount: fc.constantFrom('constructor', 'account-of-its-own'),
    source: sources,
    audiences: fc.uniqueArray(audiences, { maxLength: 3 }),
    env: fc.array(fc.tuple(variables, values), { maxLength: 4 }).map((pairs) => new Map(pairs)),
  },
  { requiredKeys: ['source'] },
);

/** Declarations of one or two services, the first of which calls the second. */
const declarations = fc
  .tuple(fc.uniqueArray(names, { minLength: 1, maxLength: 2 }), service, service)
  .map(([[first = 'app', second], a, b]) => {
    const one = { ...a, serviceAccount: a.serviceAccount ?? 'account-one', ...(second && { calls: [second] }) };
    const two = { ...b, serviceAccount: 'account-two' };
    return parseDeclaration(
      stringify({ services: new Map<string, object>([[first, one], ...(second ? [[second, two] as const] : [])]) }),
      join(folder, 'edges.yaml'),
    );
  });

/** What `gcloud` is given by the script, command by command. */
function commandsRun(script: string): string[][] {
  const stub = `gcloud() { printf '%s\\0' "$@" '\u0001'; }; PROJECT_NUMBER=secret;`;
  const printed = execFileSync('sh', ['-c', `${stub}\n${script}`], { encoding: 'utf8', cwd: folder });
  return printed
    .split('\u0001\0')
    .slice(0, -1)
    .map((command) => command.split('\0').slice(0, -1));
}

function readList(text: string): string[] {
  const [, mark = ',', rest = text] = /^\^([^^]+)\^(.*)$/s.exec(text) ?? [];
  return (rest.endsWith(mark) ? rest : rest + mark).split(mark).slice(0, -1);
}

function flag(command: readonly string[], name: string): string {
  const found = command.filter((word) => word.startsWith(`--${name}=`));
  expect(found).toHaveLength(1);
  return found[0]?.slice(name.length + 3) ?? '';
}

async function deployed(declaration: ReturnType<typeof parseDeclaration>) {
  const place = { project: 'demo-project', region: 'us-central1', number: PROJECT_NUMBER };
  const flags = { image: new Map<string, string>(), tag: 'v1' };
  const images = await imagesOf(declaration, place, flags);
  const databases = new Map<string, string>();
  const wanted = wantedDeployment(declaration, place, {
    ...images,
    databases,
    publicAccess: 'all-users',
  });
  const asked = { wanted, images, databases, prune: false, adopt: false };
  const sections = [...planApis(asked, new Set()), ...planDeployment(asked, NOTHING)];
  const script = deploymentScript(sections, { project: place.project, number: '1' });
  return { sections, script, wanted };
}

describe('whatever a declaration holds', () => {
  test('gcloud is given it as it stands, by the script as by the plan, and a shell expands the project’s number alone', async () => {
    await fc.assert(
      fc.asyncProperty(declarations, async (declaration) => {
        const { sections, script, wanted } = await deployed(declaration);
        const meant = sections.flatMap(({ commands }) =>
          commands.map((command) => command.map((word) => word.replaceAll(PROJECT_NUMBER, 'secret'))),
        );
        const run = commandsRun(script);
        expect(run).toEqual(meant);
        expect(readdirSync(folder)).not.toContain('canary');
        for (const one of wanted.services) {
          const command = run.find(([, verb, name]) => verb === 'deploy' && name === one.name) ?? [];
          const env = Object.entries(one.env).map(
            ([name, value]) => `${name}=${value.replaceAll(PROJECT_NUMBER, 'secret')}`,
          );
          expect(readList(flag(command, 'set-env-vars'))).toEqual(env);
          if (one.audiences.length > 0) expect(readList(flag(command, 'set-custom-audiences'))).toEqual(one.audiences);
        }
        for (const [, verb, positional = ''] of run.filter(([group]) => group === 'builds'))
          expect([verb, positional[0]]).not.toEqual(['submit', '-']);
      }),
      { numRuns: 15 },
    );
  });

  test('compose gives it to the containers and the build as it stands', () => {
    fc.assert(
      fc.property(declarations, (declaration) => {
        const text = composeFile(declaration, {
          folder,
          port: 8080,
          addresses: localAddresses,
          metadataIp: [],
          own: undefined,
          people: 0,
        });
        expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        const { services } = parse(text, { merge: true, version: '1.1' });
        for (const one of declaration.services) {
          const { environment, build } = services[one.name];
          for (const [name, value] of Object.entries(one.env)) {
            expect(Object.hasOwn(environment, name)).toBe(true);
            expect(interpolated(environment[name])).toBe(value);
          }
          expect(join(folder, interpolated(build.args.SOURCE))).toBe(one.source);
        }
      }),
    );
  });
});

/** What compose makes of a value: `$$` is a dollar sign, and nothing else is replaced but what run-edges asks for. */
function interpolated(value: string): string {
  expect(value.replaceAll('$$', '')).not.toContain('$');
  return value.replaceAll('$$', '$');
}

describe('the source of a service', () => {
  const read = (source: string) =>
    parseDeclaration(stringify({ services: { app: { source } } }), join(folder, 'edges.yaml'));
  const build = async (source: string) => {
    const declaration = read(source);
    const images = await imagesOf(
      declaration,
      { project: 'demo-project', region: 'us-central1' },
      { image: new Map(), tag: 'v' },
    );
    return images.build('app');
  };

  test.each(['../..', '..', '/', '/etc', '../beside', 'apps/../../beside', 'link'])(
    '%s is not uploaded',
    async (source) => {
      if (!existsSync('link')) execFileSync('ln', ['-s', '/etc', 'link']);
      await expect(build(source)).rejects.toThrow('is not below this folder');
    },
  );

  test.each(['--help', '-x', '--config=evil', './--help'])('%s is no flag', async (source) => {
    expect((await build(source))?.[2]).toBe(`./${source.replace('./', '')}`);
  });

  test('is built into an image whose name has no second colon, in a project of a domain', async () => {
    const at = { project: 'example.com:app', region: 'us-central1' };
    const { imageOf } = await imagesOf(read('.'), at, { image: new Map(), tag: 'v' });
    expect(imageOf('app')).toBe('us-central1-docker.pkg.dev/example.com/app/run-edges/app:v');
  });

  test('is one substitution, whatever is in it', async () => {
    mkdirSync('docker', { recursive: true });
    writeFileSync(join('docker', 'cloudbuild.yaml'), '');
    const command = (await build('a,_IMAGE=evil')) ?? [];
    expect(readList(flag(command, 'substitutions'))).toEqual([
      '_SOURCE=a,_IMAGE=evil',
      '_IMAGE=us-central1-docker.pkg.dev/demo-project/run-edges/app:v',
    ]);
    rmSync('docker', { recursive: true });
  });
});

test('a service named constructor takes no part of an object for an image or a database', async () => {
  const { wanted } = await deployed(
    parseDeclaration('services: { constructor: { source: app } }', join(folder, 'edges.yaml')),
  );
  expect(wanted.services).toMatchObject([
    {
      name: 'constructor',
      image: 'us-central1-docker.pkg.dev/demo-project/run-edges/constructor:v1',
      secrets: {},
      cloudSql: '',
    },
  ]);
});
