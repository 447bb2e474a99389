import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Declaration,
  deterministicUrl,
  environmentOf,
  matrix,
  readDeclaration,
  serviceAccountEmail,
} from '@run-edges/edges';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../real-clients/run-program.ts';
import { findToolchain } from '../real-clients/toolchain.ts';
import { edgesFile, repository } from '../support/repository.ts';
import { parseHcl } from './parse-hcl.ts';
import { argumentFaults, type Block, blocksIn } from './provider-arguments.ts';
import {
  type Derived,
  openTerraformModule,
  place,
  type TerraformModule,
  terraform,
  terraformFolder,
} from './terraform-module.ts';

const { title, missing } = await findToolchain({ name: 'terraform', commands: ['terraform'] });

/** More than the demo declares: a circle, two callers of one receiver, a service that nobody calls, every setting. */
const rich = `services:
  web:
    public: true
    calls: [orders, users]
    env:
      GREETING: "hello, you"
      UPSTREAMS: "\${services.orders.url}/v1,\${services.users.url},\${services.web.url},\${services.hook.url}"
      TEXT: "100 $, $\${services.orders.url} \${HOME} $\${HOME} $\${ Service[x"
  hook: { public: true, calls: [web] }
  orders: { calls: [users, ledger], serviceAccount: order-keeper, ingress: internal, concurrency: 7, minInstances: 1, maxInstances: 9 }
  users: { calls: [orders], audiences: ["https://users.example.com", other], http2: true }
  ledger: { http2: false }
  lonely: { ingress: internal-and-cloud-load-balancing }
`;

describe.skipIf(missing)(title, () => {
  let module: TerraformModule;
  beforeAll(async () => {
    module = await openTerraformModule();
  });
  afterAll(() => module[Symbol.asyncDispose]());

  test('what Terraform leaves in its folder is none of git’s business', async () => {
    for (const left of [
      '.terraform/providers/x',
      '.terraform.lock.hcl',
      'terraform.tfstate',
      'terraform.tfstate.backup',
    ]) {
      const args = ['check-ignore', '--quiet', join('infra', 'terraform', left)];
      expect((await runProgram({ command: 'git', args, cwd: repository })).code, left).toBe(0);
    }
  });

  test('is formatted as terraform fmt does it', async () => {
    const { code, stdout, stderr } = await terraform(terraformFolder, ['fmt', '-check', '-recursive', '-diff']);
    expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: '' });
  });

  /** As the declaration's own package derives it; lists in the order in which Terraform keeps keys. */
  function expected(declaration: Declaration, project = place.project) {
    const emailOf = (name: string) => {
      const account = declaration.services.find((service) => service.name === name)?.serviceAccount ?? name;
      return serviceAccountEmail(account, project);
    };
    const addresses = { emailOf, urlOf: (name: string) => deterministicUrl(name, place) };
    const allowed = matrix(declaration).filter((cell) => cell.expected === 'allowed');
    const invokers = Object.fromEntries(
      declaration.services.map((receiver) => [
        receiver.name,
        [
          ...(receiver.public ? ['allUsers'] : []),
          ...declaration.services
            .filter(({ calls }) => calls.includes(receiver.name))
            .map(({ name }) => `serviceAccount:${emailOf(name)}`),
        ].sort(),
      ]),
    );
    return { addresses, allowed, invokers };
  }

  function sorted(environment: Record<string, string>): Record<string, string> {
    const { ALLOWED_CALLERS: callers, ...rest } = environment;
    return callers === undefined ? rest : { ...rest, ALLOWED_CALLERS: callers.split(',').sort().join(',') };
  }

  test('in a project of a domain, identities are those that the declaration’s own package says', async () => {
    const project = 'example.com:app';
    const outputs = await module.evaluate(edgesFile, { project });
    const { invokers, addresses } = expected(readDeclaration(edgesFile), project);
    expect(addresses.emailOf('login')).toBe('login-run@app.example.com.iam.gserviceaccount.com');
    for (const [name, members] of Object.entries(invokers))
      expect((outputs.invokers[name] ?? []).toSorted()).toEqual(members);
    expect(outputs.services['user-profiles']?.env.ALLOWED_CALLERS).toBe(addresses.emailOf('login'));
  });

  test.each([
    ['the demo', undefined],
    ['a declaration with everything in it', rich],
  ])('grants, identities and environments of %s are those that follow from it', async (_name, text) => {
    const file = text === undefined ? edgesFile : join(module.folder, 'edges.yaml');
    if (text !== undefined) writeFileSync(file, text);
    const declaration = readDeclaration(file);
    const { addresses, allowed, invokers } = expected(declaration);
    const outputs = await module.evaluate(file, { stateless: 'true' });

    expect(outputs.accounts).toEqual({
      ...Object.fromEntries(declaration.services.map(({ name, serviceAccount }) => [name, serviceAccount])),
      stranger: 'stranger',
    });
    const granted = Object.fromEntries(
      declaration.services.map(({ name }) => [name, (outputs.invokers[name] ?? []).toSorted()]),
    );
    expect(granted).toEqual(invokers);
    const additive = Object.values(outputs.edges).map(({ receiver, member }) => `${member} ${receiver}`);
    expect(additive.sort()).toEqual(
      Object.entries(invokers)
        .flatMap(([name, members]) => members.map((one) => `${one} ${name}`))
        .sort(),
    );

    // The grants let in whom the matrix lets in, and nobody else.
    for (const { caller, receiver, expected: verdict } of matrix(declaration)) {
      const members = granted[receiver] ?? [];
      const letIn = members.includes('allUsers') || members.includes(`serviceAccount:${addresses.emailOf(caller)}`);
      expect({ caller, receiver, letIn }).toEqual({ caller, receiver, letIn: verdict === 'allowed' });
    }
    expect(allowed.length).toBeGreaterThan(0);

    const ingress = {
      all: 'ALL',
      internal: 'INTERNAL_ONLY',
      'internal-and-cloud-load-balancing': 'INTERNAL_LOAD_BALANCER',
    };
    for (const service of declaration.services) {
      const { env: environment, ...shown } = outputs.services[service.name] as Derived['services'][string];
      expect(sorted(environment)).toEqual(sorted(environmentOf(declaration, service.name, addresses)));
      expect(shown).toEqual({
        name: service.name,
        region: place.region,
        account: service.name,
        image: null,
        url: addresses.urlOf(service.name),
        ingress: `INGRESS_TRAFFIC_${ingress[service.ingress]}`,
        invoker_check: true,
        audiences: [...service.audiences],
        concurrency: service.concurrency,
        http2: service.http2 ?? null,
        min_instances: service.minInstances,
        max_instances: service.maxInstances,
      });
    }
  });

  test('testers may act as each account, the stranger’s as well, and nobody else may', async () => {
    const nobody = await module.evaluate(edgesFile);
    expect(nobody.tests).toEqual({});
    const { tests, accounts } = await module.evaluate(edgesFile, {
      testers: '["user:a@example.com","group:b@example.com"]',
    });
    const pairs = Object.values(tests).map(({ account, member }) => `${member} ${account}`);
    const expected = Object.keys(accounts).flatMap((one) => [
      `user:a@example.com ${one}`,
      `group:b@example.com ${one}`,
    ]);
    expect(pairs.toSorted()).toEqual(expected.toSorted());
  });

  test('where an organisation forbids allUsers, no one is granted anything in its place', async () => {
    const outputs = await module.evaluate(edgesFile, { public_access: 'no-iam-check' });
    expect(JSON.stringify(outputs)).not.toContain('allUsers');
    const open = Object.entries(outputs.services).filter(([, service]) => service.invoker_check === false);
    expect(open.map(([name]) => name)).toEqual(['login']);
  });

  test('the URL of a service without an edge is not told', async () => {
    const file = join(module.folder, 'edges.yaml');
    writeFileSync(file, `services:\n  web: { env: { A: "\${services.ledger.url}" } }\n  ledger: {}\n`);
    await expect(module.evaluate(file)).rejects.toThrow('Invalid index');
  });

  test('services that are none of the demo have as many instances as they declare', async () => {
    const file = join(module.folder, 'edges.yaml');
    writeFileSync(file, rich);
    const outputs = await module.evaluate(file);
    expect(Object.entries(outputs.services).map(([name, { max_instances }]) => [name, max_instances])).toEqual([
      ['hook', 100],
      ['ledger', 100],
      ['lonely', 100],
      ['orders', 9],
      ['users', 100],
      ['web', 100],
    ]);
  });

  test('SQLite keeps a service of the demo to one instance, a database does not', async () => {
    const outputs = await module.evaluate(edgesFile, { databases: '{"search"="search-database"}' });
    expect(Object.entries(outputs.services).map(([name, { max_instances }]) => [name, max_instances])).toEqual([
      ['login', 1],
      ['search', 100],
      ['user-profiles', 1],
    ]);
  });

  test('a database of a service that is not declared is refused', async () => {
    await expect(module.evaluate(edgesFile, { databases: '{"serch"="x"}' })).rejects.toThrow(
      'names a service that is not declared',
    );
  });
});

describe('the resources', () => {
  const files = readdirSync(terraformFolder).filter((file) => file.endsWith('.tf'));
  const parsed: Record<string, Block> = {};
  beforeAll(async () => {
    for (const file of files) parsed[file] = await parseHcl(file, readFileSync(join(terraformFolder, file), 'utf8'));
  });

  const blocks = () => Object.values(parsed).flatMap((file) => [...blocksIn(file)]);
  const named = (type: string, name: string) =>
    blocks().find((one) => one.type === type && one.name === name)?.block ?? {};

  test('use arguments that the provider has, and give all that it requires', () => {
    const used = blocks();
    expect(used.length).toBeGreaterThan(5);
    expect(used.flatMap(argumentFaults)).toEqual([]);
    const wrong = { type: 'google_service_account', name: 'x', block: { acount_id: 'x' } };
    expect(argumentFaults(wrong)).toEqual([
      'google_service_account.x.account_id is missing',
      'google_service_account.x.acount_id is unknown',
    ]);
  });

  test('grant what the declaration says and nothing that is written beside it', () => {
    expect(named('google_cloud_run_v2_service_iam_member', 'edge')).toMatchObject({
      for_each: expect.stringContaining('module.declaration.edges'),
      role: 'roles/run.invoker',
      member: `${'$'}{each.value.member}`,
    });
    expect(named('google_cloud_run_v2_service_iam_binding', 'invokers')).toMatchObject({
      for_each: expect.stringContaining('module.declaration.invokers'),
      role: 'roles/run.invoker',
      members: `${'$'}{each.value}`,
    });
    for (const file of files)
      expect(readFileSync(join(terraformFolder, file), 'utf8').replaceAll(/#.*|description.*/g, ''), file).not.toMatch(
        /allUsers|allAuthenticatedUsers/,
      );
    expect(named('google_service_account_iam_member', 'tester')).toMatchObject({
      for_each: `${'$'}{module.declaration.tests}`,
      role: 'roles/iam.serviceAccountTokenCreator',
      member: `${'$'}{each.value.member}`,
    });
    const invoking = blocks().filter(({ block }) => String(block.role).startsWith('roles/run.'));
    expect(invoking.map(({ name }) => name).sort()).toEqual(['edge', 'invokers', 'limited']);
  });

  test('give each its account, and guard it from deletion', () => {
    expect(named('google_cloud_run_v2_service', 'service')).toMatchObject({
      for_each: `${'$'}{module.declaration.services}`,
      deletion_protection: `${'$'}{var.deletion_protection}`,
      invoker_iam_disabled: `${'$'}{!each.value.invoker_check}`,
      template: [{ service_account: `${'$'}{google_service_account.caller[each.value.account].email}` }],
    });
    expect(named('google_cloud_run_v2_job', 'job')).toMatchObject({
      for_each: `${'$'}{module.declaration.jobs}`,
      deletion_protection: `${'$'}{var.deletion_protection}`,
      template: [
        { template: [{ service_account: `${'$'}{google_service_account.caller[each.value.account].email}` }] },
      ],
    });
    expect(named('google_cloud_run_v2_worker_pool', 'pool')).toMatchObject({
      for_each: `${'$'}{module.declaration.worker_pools}`,
      deletion_protection: `${'$'}{var.deletion_protection}`,
      template: [{ service_account: `${'$'}{google_service_account.caller[each.value.account].email}` }],
    });
    const variables = (parsed['variables.tf']?.variable ?? {}) as Record<string, Block[]>;
    expect(variables.deletion_protection?.[0]?.default).toBe(true);
    expect(variables.bindings?.[0]?.default).toBe('additive');
  });
});
