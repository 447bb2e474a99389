import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findToolchain } from '../real-clients/toolchain.ts';
import { parseHcl } from './parse-hcl.ts';
import { type Block, blocksIn } from './provider-arguments.ts';
import { standIns } from './stand-ins.ts';
import { place, terraform, terraformFolder } from './terraform-module.ts';

const { title, missing } = await findToolchain({ name: 'terraform', commands: ['terraform'] });
const files = readdirSync(terraformFolder).filter((file) => file.endsWith('.tf'));
/** What is there is said in JSON in the test: variables stay as they are written. */
const replaced = files.filter((file) => file !== 'variables.tf');
const parse = (file: string) => parseHcl(file, readFileSync(join(terraformFolder, file), 'utf8'));
const timeout = 120_000;

test('the guard depends on all that the module makes', async () => {
  const parsed = await Promise.all(files.map(parse));
  const blocks = parsed.flatMap((file) => [...blocksIn(file as Block)]);
  const made = blocks.filter(({ type }) => type.startsWith('google_')).map(({ type, name }) => `\${${type}.${name}}`);
  expect(made.length).toBeGreaterThan(5);
  const guard = blocks.find(({ type, name }) => type === 'terraform_data' && name === 'guard');
  const { depends_on: dependencies } = guard?.block ?? {};
  expect((dependencies as string[]).toSorted()).toEqual(made.toSorted());
});

const declared = 'services:\n  front: { public: true, calls: [back, third] }\n  back: {}\n  third: { calls: [back] }\n';
const tester = '-var=testers=["user:ada@example.com"]';
const databases = ['-var=databases={"back"="secret"}', '-var=cloud_sql_instance=p:r:i'];

describe.skipIf(missing).each(['additive', 'authoritative'])(`${title}: %s`, (bindings) => {
  let folder: string;
  let config: ReturnType<typeof standIns>;
  const run = (command: string, ...flags: string[]) =>
    terraform(join(folder, 'terraform'), [command, '-no-color', ...flags]);
  const given = [`-var=project=${place.project}`, `-var=bindings=${bindings}`, tester, ...databases];
  const act = (command: 'apply' | 'destroy', ...flags: string[]) => run(command, '-auto-approve', ...given, ...flags);
  const unguarded = '-var=deletion_protection=false';
  const declare = (text: string) => writeFileSync(join(folder, 'edges.yaml'), text);
  const configure = (written: object) =>
    writeFileSync(join(folder, 'terraform', 'main.tf.json'), JSON.stringify(written, null, 1));
  /** What is there: resource by resource. */
  const there = async () =>
    (await terraform(join(folder, 'terraform'), ['state', 'list'])).stdout.trim().split('\n').toSorted();

  beforeAll(async () => {
    config = standIns(await Promise.all(replaced.map(parse)), place.number);
    folder = await mkdtemp(join(tmpdir(), 'run-edges-guard-'));
    cpSync(terraformFolder, join(folder, 'terraform'), { recursive: true });
    for (const left of [...replaced, '.terraform', '.terraform.lock.hcl', 'terraform.tfstate'])
      rmSync(join(folder, 'terraform', left), { recursive: true, force: true });
    declare(declared);
    configure(config);
    const begun = await run('init');
    expect(begun.code, begun.stderr).toBe(0);
    const applied = await act('apply');
    expect(applied.code, applied.stderr).toBe(0);
  }, timeout);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('makes every grant, the testers’ as well', { timeout }, async () => {
    const kinds = (await there()).map((one) => one.replace(/^terraform_data\.|\[.*$/g, ''));
    expect(
      Object.fromEntries([...new Set(kinds)].map((kind) => [kind, kinds.filter((one) => one === kind).length])),
    ).toEqual({
      google_project_service__used: 5,
      google_service_account__caller: 4,
      google_cloud_run_v2_service__service: 3,
      ...(bindings === 'additive'
        ? { google_cloud_run_v2_service_iam_member__edge: 4 }
        : { google_cloud_run_v2_service_iam_binding__invokers: 3 }),
      google_service_account_iam_member__tester: 4,
      google_secret_manager_secret_iam_member__reader: 1,
      google_project_iam_member__sql_client: 1,
      guard: 3,
    });
  });

  test('destroy is refused with what to do, and nothing is lost', { timeout }, async () => {
    const before = await there();
    const { code, stderr } = await act('destroy');
    expect(code).toBe(1);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain('Guarded: apply with deletion_protection=false first.');
    expect(await there()).toEqual(before);
    // Said to the command alone it is as with the provider: what was applied counts.
    expect((await act('destroy', unguarded)).code).toBe(1);
    expect(await there()).toEqual(before);
  });

  test('nor does an apply take a service away that is declared no more, or makes it elsewhere', {
    timeout,
  }, async () => {
    const before = await there();
    declare(declared.replace('  third: { calls: [back] }\n', '').replace(', third', ''));
    expect((await act('apply')).code).toBe(1);
    expect(await there()).toEqual(before);
    declare(declared);
    expect((await act('apply', '-var=region=europe-west1')).code).toBe(1);
    expect(await there()).toEqual(before);
  });

  test('an edge may go at any time', { timeout }, async () => {
    declare(declared.replace('third: { calls: [back] }', 'third: {}'));
    const applied = await act('apply');
    expect(applied.code, applied.stderr).toBe(0);
    declare(declared);
    expect((await act('apply')).code).toBe(0);
  });

  test('without the guard the grants would be gone: the stand-ins show it', { timeout }, async () => {
    const text = JSON.stringify(config);
    const { guard, ...rest } = (JSON.parse(text) as { resource: { terraform_data: Record<string, Block> } }).resource
      .terraform_data;
    expect(guard).toBeDefined();
    configure({ ...config, resource: { terraform_data: rest } });
    expect((await act('apply')).code).toBe(0);
    expect((await act('destroy')).code).toBe(1);
    expect((await there()).filter((one) => /__(edge|invokers)\b/.test(one))).toEqual([]);
    configure(config);
    expect((await act('apply')).code).toBe(0);
  });

  test('once it is off, everything goes', { timeout }, async () => {
    expect((await act('apply', unguarded)).code).toBe(0);
    const gone = await act('destroy', unguarded);
    expect(gone.code, gone.stderr).toBe(0);
    expect(await there()).toEqual(['']);
  });

  test.each(['ada@example.com', 'user:ada', 'user: ada@example.com', 'allUsers', 'user:a@b c'])(
    'a tester %s is refused',
    { timeout },
    async (member) => {
      const { code, stderr } = await run('plan', ...given, `-var=testers=["${member}"]`);
      expect(code).toBe(1);
      expect(stderr).toContain('testers are members such as user:you@example.com');
    },
  );
});
