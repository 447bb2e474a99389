import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../real-clients/run-program.ts';
import { findToolchain } from '../real-clients/toolchain.ts';
import { runEdges } from '../support/command-line.ts';
import { openTerraformModule, place } from './terraform-module.ts';

const terraform = await findToolchain({ name: 'terraform', commands: ['terraform'] });

const text = `services:
  front: { public: true, calls: [back, near, payments], regions: [us-east1, europe-west4] }
  back: { calls: [front], regions: [europe-west4] }
  near: { regions: [europe-west4, us-east1], audiences: ["https://near.example.com"] }
jobs:
  nightly: { image: example.com/nightly, calls: [{ to: near, paths: [/health/*] }], regions: [us-east1, europe-west4] }
external:
  payments: { url: "https://payments.example.com", audience: pay }
`;

let folder: string;
let commands: readonly (readonly string[])[];
/** Every command of gcloud that the script runs, as a shell hands it over. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'run-edges-regions-'));
  mkdirSync(join(folder, 'infra'));
  writeFileSync(join(folder, 'infra', 'edges.yaml'), text);
  const args = ['deploy', '--project', place.project, '--region', place.region, '--image-prefix', 'example.com/apps'];
  const { code, stdout, stderr } = await runEdges([...args, '--dry-run'], folder).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const gcloud = `gcloud() { if [ "$1 $2" = 'projects describe' ]; then echo ${place.number}; else printf '%s\\0' "$@" '\u0001'; fi; }`;
  const printed = await runProgram({
    command: 'sh',
    args: ['-c', `${gcloud}\n${stdout}`],
    env: { PATH: process.env.PATH },
    cwd: folder,
  });
  commands = printed.stdout
    .split('\u0001\0')
    .slice(0, -1)
    .map((command) => command.split('\0').slice(0, -1));
});
afterAll(() => rmSync(folder, { recursive: true }));

const flag = (command: readonly string[], name: string) =>
  command.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3) ?? '';
/** A list as gcloud takes it apart: at commas, or at the mark that it begins with. */
function variables(command: readonly string[]): Record<string, string> {
  const list = flag(command, 'set-env-vars');
  const [, mark = ',', rest = list] = /^\^([^^]+)\^(.*)$/s.exec(list) ?? [];
  return Object.fromEntries(rest.split(mark).map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
}
const deployments = () => commands.filter(([, verb, ...rest]) => verb === 'deploy' || rest[0] === 'deploy');
const url = (service: string, region: string) => `https://${service}-${place.number}.${region}.run.app`;
/** What is deployed where, as `front us-east1`. */
const keyOf = (command: readonly string[]) => `${command[command.indexOf('deploy') + 1]} ${flag(command, 'region')}`;
const inRegion = (key: string) => deployments().find((command) => keyOf(command) === key) ?? [];
const grants = () =>
  commands
    .filter((command) => command.includes('services') && command.includes('add-iam-policy-binding'))
    .map((command) =>
      [command[3], flag(command, 'region'), flag(command, 'member'), flag(command, 'condition')].join(' ').trim(),
    );

test('what is in several regions is deployed in each, and has its own URL as its audience there', () => {
  expect(deployments().map(keyOf).toSorted()).toEqual([
    'back europe-west4',
    ...['front europe-west4', 'front us-east1'],
    ...['near europe-west4', 'near us-east1'],
    ...['nightly europe-west4', 'nightly us-east1'],
  ]);
  for (const region of ['us-east1', 'europe-west4']) {
    expect(variables(inRegion(`near ${region}`)).SERVICE_URL).toBe(url('near', region));
    expect(flag(inRegion(`near ${region}`), 'set-custom-audiences')).toBe('https://near.example.com');
  }
});

test('a caller is told the receiver of its region, where that is there, and where others are', () => {
  expect(variables(inRegion('front us-east1'))).toEqual({
    SERVICE_URL: url('front', 'us-east1'),
    BACK_URL: url('back', 'europe-west4'),
    NEAR_URL: url('near', 'us-east1'),
    PAYMENTS_URL: 'https://payments.example.com',
    PAYMENTS_AUDIENCE: 'pay',
  });
  expect(variables(inRegion('front europe-west4')).NEAR_URL).toBe(url('near', 'europe-west4'));
  expect(variables(inRegion('nightly us-east1')).NEAR_URL).toBe(url('near', 'us-east1'));
});

test('each region has its policy, with the same callers and conditions', () => {
  const email = (id: string) => `serviceAccount:${id}@${place.project}.iam.gserviceaccount.com`;
  const limited = 'expression=request.path.startsWith("/health/"),title=run-edges: limited paths';
  const both = (grant: (region: string) => string) => ['europe-west4', 'us-east1'].map(grant);
  expect(grants().toSorted()).toEqual(
    [
      `back europe-west4 ${email('front-run')}`,
      ...both((region) => `front ${region} allUsers`),
      ...both((region) => `front ${region} ${email('back-run')}`),
      ...both((region) => `near ${region} ${email('front-run')}`),
      ...both((region) => `near ${region} ${email('nightly-run')} ${limited}`),
    ].toSorted(),
  );
  // Who calls from two regions is one.
  const accounts = commands.filter((command) => command.includes('create')).map((command) => command[3]);
  expect(accounts).toEqual(['front-run', 'back-run', 'near-run', 'nightly-run', 'stranger']);
});

describe.skipIf(terraform.missing)(terraform.title, () => {
  test('makes the same of it: URLs, environments and policies of each region', async () => {
    await using module = await openTerraformModule();
    const derived = await module.evaluate(join(folder, 'infra', 'edges.yaml'));
    const all = Object.values({ ...derived.services, ...derived.jobs });
    expect(all.map(({ name, region }) => `${name} ${region}`).toSorted()).toEqual(deployments().map(keyOf).toSorted());
    for (const { name, region, env } of all) expect(env).toEqual(variables(inRegion(`${name} ${region}`)));
    const granted = Object.values(derived.edges).map(({ receiver, member, condition }) =>
      [
        ...receiver.split('@'),
        member,
        condition === null ? '' : `expression=${condition.expression},title=${condition.title}`,
      ]
        .join(' ')
        .trim(),
    );
    expect(granted.toSorted()).toEqual(grants().toSorted());
  });
});
