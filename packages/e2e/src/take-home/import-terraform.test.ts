import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDeclaration, readDeclaration } from '@run-edges/edges';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTerraformModule, type TerraformModule, terraform } from '../deployment/terraform-module.ts';
import { findToolchain } from '../real-clients/toolchain.ts';
import { runEdges } from '../support/command-line.ts';
import { edgesFile } from '../support/repository.ts';
import { meaningOf } from './meaning.ts';
import { stateOf } from './terraform-state.ts';

const { title, missing } = await findToolchain({ name: 'terraform', commands: ['terraform'] });

const values = <T extends { readonly [key: string]: unknown }>(all: Readonly<Record<string, T>>): T[] =>
  Object.values(all).toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));

/** Every kind of caller and edge. */
const rich = `x-where: &where [europe-west1]
services:
  web: { regions: *where, public: true, calls: [orders, { to: users, paths: [/a/*, /b], until: 2099-01-31 }], minInstances: 1 }
  orders: { regions: *where, calls: [users, ledger], serviceAccount: order-keeper, ingress: internal, concurrency: 7, maxInstances: 9 }
  users: { regions: *where, calls: [orders, users], audiences: ["https://users.example.com", other], http2: true }
  ledger: { ingress: internal-and-cloud-load-balancing, regions: [europe-west1, us-central1] }
jobs:
  nightly: { regions: *where, calls: [orders], tasks: 4, parallelism: 2, maxRetries: 0, timeout: 90, command: [node, nightly.js] }
workerPools:
  mailer: { regions: *where, calls: [users], instances: 2 }
principals:
  crew: { member: "group:crew@example.com", calls: [ledger] }
  billing: { member: "serviceAccount:billing@other-project.iam.gserviceaccount.com", calls: [users] }
  app:
    member: principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/gh/attribute.repository/acme/app
    serviceAccount: deploys
    calls: [{ to: ledger, until: 2099-01-31 }]
`;

describe.skipIf(missing)(`import with ${title}`, () => {
  let module: TerraformModule;
  beforeAll(async () => {
    module = await openTerraformModule();
  });
  afterAll(() => module[Symbol.asyncDispose]());

  async function imported(state: string, ...args: readonly string[]) {
    const file = join(module.folder, 'state.json');
    writeFileSync(file, state);
    const ended = await runEdges(['import', '--terraform', file, ...args], module.folder).ended;
    expect(ended.code, ended.stderr).toBe(0);
    return { ...ended, declaration: parseDeclaration(ended.stdout, 'imported.yaml', { project: 'demo-project' }) };
  }

  test.each(['additive', 'authoritative'] as const)('the demo, %s, is infra/edges.yaml again', async (bindings) => {
    const derived = await module.evaluate(edgesFile, { stateless: 'true' });
    const { declaration, stdout, stderr } = await imported(stateOf(derived, bindings));
    expect(meaningOf(declaration)).toEqual(meaningOf(readDeclaration(edgesFile)));
    expect(stderr).toBe('');
    const from =
      bindings === 'additive'
        ? 'google_cloud_run_v2_service_iam_member.edge'
        : 'google_cloud_run_v2_service_iam_binding';
    expect(stdout).toMatch(new RegExp(`- user-profiles # ${from}`));
  });

  test.each(['additive', 'authoritative'] as const)('a declaration with everything in it, %s', async (bindings) => {
    const file = join(module.folder, 'edges.yaml');
    writeFileSync(file, rich);
    const derived = await module.evaluate(file);
    const { declaration, stdout } = await imported(stateOf(derived, bindings));
    expect(meaningOf(declaration)).toEqual(meaningOf(readDeclaration(file)));
    // What is imported is derived again as it was.
    writeFileSync(file, stdout);
    const again = await module.evaluate(file);
    expect({ ...again, edges: values(again.edges), services: values(again.services) }).toMatchObject({
      ...{ invokers: derived.invokers, limited_invokers: derived.limited_invokers, accounts: derived.accounts },
      ...{ edges: values(derived.edges), federated: derived.federated },
      services: values(derived.services).map(({ image: _, ...one }) => one),
    });
  });

  test('reads standard input, and what the real Terraform prints of an empty state', async () => {
    const cwd = join(module.folder, 'declaration');
    const { stdout: empty } = await terraform(cwd, ['show', '-json']);
    const file = join(module.folder, 'empty.json');
    writeFileSync(file, empty);
    const refused = await runEdges(['import', '--terraform', file], module.folder).ended;
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('There is nothing in this state of Terraform. Run terraform apply first.');
    const none = await runEdges(['import', '--terraform', '-'], module.folder).ended;
    expect(none.stderr).toContain('That is no JSON. Give what this prints: terraform show -json');
  });
});
