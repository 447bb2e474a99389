import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findToolchain } from '../real-clients/toolchain.ts';
import { project, startTestProject, type TestProject } from './test-project.ts';

const { title, missing } = await findToolchain({ name: 'gcloud', commands: ['gcloud'] });

const edges = 'services:\n  front: { public: true, calls: [back] }\n  back: {}\n';
const images = ['--image-prefix', 'example.com/apps', '--tag', 'v1'];
const deploy = ['deploy', '--yes', ...images];
const account = (id: string) => `${id}@${project}.iam.gserviceaccount.com`;
/** Of everybody that verify lists, those who are not as declared. */
const differing = (json: string) =>
  (JSON.parse(json) as { kind: string; service: string; member: string; state: string }[]).filter(
    ({ state }) => state === 'drift',
  );
/** gcloud is slow, and slower on a busy machine. */
const timeout = 600_000;

describe.skipIf(missing)(title, () => {
  let here: TestProject;
  beforeAll(async () => {
    here = await startTestProject(edges, ['front', 'back']);
  });
  afterAll(() => here[Symbol.asyncDispose]());

  test('shows a plan, in which what is off hides what it keeps, and changes nothing', { timeout }, async () => {
    const shown = await here.run('deploy', '--plan', ...images);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toContain(
      'What these keep is not seen before they are on, and may be there: run.googleapis.com',
    );
    expect(shown.stdout).toMatch(/│ create +│ service back +│ image +│ +│ example\.com\/apps\/back:v1 +│/);
    const printed = await here.run('deploy', '--json', ...images);
    expect(printed).toMatchObject({ code: 0, stderr: '' });
    const plan = JSON.parse(printed.stdout);
    expect(plan.changes).toContainEqual({
      action: 'grant',
      on: 'service back',
      what: 'roles/run.invoker',
      before: null,
      after: `serviceAccount:${account('front-run')}`,
    });
    expect(plan.commands).toHaveLength(8);
    expect((await here.recorded()).filter(({ mutating }) => mutating)).toEqual([]);
  });

  test('asks, and where nobody is there to be asked, does nothing', { timeout }, async () => {
    const { code, stdout, stderr } = await here.run('deploy', ...images);
    expect(code).toBe(1);
    expect(stdout).toContain('# What is changed');
    expect(stderr).toContain('Nobody is there to be asked. Run it again with --yes');
    expect((await here.recorded()).filter(({ mutating }) => mutating)).toEqual([]);
  });

  test('deploys, and waits until every edge is as declared', { timeout }, async () => {
    // Grants do not count yet when the first look is made.
    here.cloud.faults.set({ policyDelay: 3600 });
    const deploying = here.start([...deploy, '--tester', 'user:developer@example.com']);
    await deploying.printed('Not yet: ');
    here.cloud.faults.set({ policyDelay: 0 });
    const { code, stdout, stderr } = await deploying.ended;
    expect(stderr).toBe('');
    expect(stdout).toContain('All 8 verdicts are as declared.');
    expect(code).toBe(0);
    expect(await here.state()).toMatchObject({
      accounts: expect.arrayContaining([
        expect.objectContaining({ email: account('front-run'), description: 'managed-by=run-edges' }),
      ]),
      services: [
        {
          name: 'back',
          bindings: [{ role: 'roles/run.invoker', members: [`serviceAccount:${account('front-run')}`] }],
        },
        { name: 'front', bindings: [{ role: 'roles/run.invoker', members: ['allUsers'] }] },
      ],
      project: [{ role: 'roles/owner', members: ['user:developer@example.com'] }],
    });
  });

  test('a second time it changes nothing', { timeout }, async () => {
    const before = await here.state();
    const from = (await here.recorded()).length;
    // Nothing is asked, either.
    const { code, stdout } = await here.run(
      'deploy',
      ...images,
      '--tester',
      'user:developer@example.com',
      '--wait',
      '0',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('nothing was changed');
    const calls = (await here.recorded()).slice(from);
    expect(calls.length).toBeGreaterThan(5);
    expect(calls.filter(({ mutating }) => mutating)).toEqual([]);
    expect(await here.state()).toEqual(before);
  });

  test('a plan names each setting that differs, as it is and as it shall be', { timeout }, async () => {
    await here.services('update', 'back', '--ingress=internal', '--update-env-vars=SECRET=hunter2');
    const { code, stdout } = await here.run('deploy', '--json', ...images);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      off: [],
      changes: [
        { action: 'update', on: 'service back', what: 'env.SECRET', before: 'another value', after: null },
        { action: 'update', on: 'service back', what: 'ingress', before: 'internal', after: 'all' },
      ],
      commands: [expect.stringMatching(/^gcloud run deploy back /)],
    });
    expect(stdout).not.toContain('hunter2');
    await here.services('update', 'back', '--ingress=all', '--remove-env-vars=SECRET');
  });

  test('each grant and each revocation by hand changes exactly that cell at the gate', { timeout }, async () => {
    const cells = async () => {
      const names = ['front', 'back'];
      const statuses: Record<string, number> = {};
      for (const caller of names)
        for (const receiver of names) {
          const { url } = here.cloud.service(receiver);
          const headers = { authorization: `Bearer ${await here.cloud.idToken(caller, url)}` };
          statuses[`${caller} -> ${receiver}`] = (await fetch(url, { headers })).status;
        }
      return statuses;
    };
    const declared = await cells();
    expect(declared).toEqual({
      'front -> front': 200,
      'front -> back': 200,
      'back -> front': 200,
      'back -> back': 403,
    });
    const itself = [`--member=serviceAccount:${account('back-run')}`, '--role=roles/run.invoker'];
    await here.services('add-iam-policy-binding', 'back', ...itself);
    expect(await cells()).toEqual({ ...declared, 'back -> back': 200 });
    await here.services('remove-iam-policy-binding', 'back', ...itself);
    expect(await cells()).toEqual(declared);
  });

  test('finds drift of every kind that was made by hand, names it, and mends it', { timeout }, async () => {
    const before = await here.state();
    const invoker = ['--role=roles/run.invoker', '--condition=None'];
    const front = `serviceAccount:${account('front-run')}`;
    await here.services('add-iam-policy-binding', 'back', '--member=allUsers', '--role=roles/run.invoker');
    await here.services('add-iam-policy-binding', 'back', '--member=user:eve@example.com', '--role=roles/run.admin');
    await here.services('remove-iam-policy-binding', 'back', `--member=${front}`, '--role=roles/run.invoker');
    await here.services('remove-iam-policy-binding', 'front', '--member=allUsers', '--role=roles/run.invoker');
    await here.services('update', 'back', '--no-invoker-iam-check', '--ingress=internal');
    await here.services('update', 'front', `--service-account=${account('back-run')}`);
    const widened = ['projects', 'add-iam-policy-binding', project, `--member=${front}`, ...invoker];
    expect(await here.gcloud(...widened)).toMatchObject({ code: 0 });

    const found = await here.run('verify', '--json');
    expect(found.code).toBe(1);
    const named = differing(found.stdout).map(({ kind, service, member }) => `${kind} ${service} ${member}`);
    expect(named.sort()).toEqual(
      [
        'extra back user:eve@example.com',
        'ingress back ',
        `missing back ${front}`,
        'not-public front allUsers',
        'public-by-mistake back ',
        'public-by-mistake back allUsers',
        `widened * ${front}`,
        'wrong-identity front ',
      ].sort(),
    );

    const mended = await here.run('verify', '--fix', '--yes', '--remove-extra');
    expect(mended.stderr).toBe('');
    expect(mended.stdout).toContain(`${project} is as declared.`);
    expect(mended.code).toBe(0);
    expect(await here.state()).toEqual(before);
  });

  test('a mend that nobody agreed to is not made', { timeout }, async () => {
    await here.services('add-iam-policy-binding', 'back', '--member=allUsers', '--role=roles/run.invoker');
    const from = (await here.recorded()).length;
    const { code, stderr } = await here.run('verify', '--fix');
    expect(code).toBe(1);
    expect(stderr).toContain('--yes');
    expect((await here.recorded()).slice(from).filter(({ mutating }) => mutating)).toEqual([]);
  });

  test('where Terraform owns a policy, says so and leaves it alone', { timeout }, async () => {
    const owner = '--update-labels=run-edges-bindings=authoritative,managed-by=terraform';
    await here.services('update', 'back', owner);
    const found = await here.run('verify', '--json');
    expect(differing(found.stdout)).toMatchObject([
      { kind: 'authoritative-owner', service: 'back', mend: 'terraform apply' },
      { kind: 'public-by-mistake', service: 'back', member: 'allUsers', mend: 'terraform apply' },
    ]);
    await here.services('update', 'back', '--update-labels=managed-by=run-edges', '--remove-labels=run-edges-bindings');
  });

  test('takes back what it made, and only that', { timeout }, async () => {
    const other = ['iam', 'service-accounts', 'create', 'somebody-else', `--project=${project}`];
    expect(await here.gcloud(...other)).toMatchObject({ code: 0 });
    // As Terraform makes one, with the same callers in its policy.
    const theirs = ['--image=example.com/apps/back', '--labels=managed-by=terraform', '--no-allow-unauthenticated'];
    const own = [`--service-account=${account('somebody-else')}`, '--region=us-central1', `--project=${project}`];
    expect(await here.gcloud('run', 'deploy', 'theirs', ...theirs, ...own)).toMatchObject({ code: 0 });
    const caller = `serviceAccount:${account('front-run')}`;
    await here.services('add-iam-policy-binding', 'theirs', `--member=${caller}`, '--role=roles/run.invoker');
    const { code, stdout } = await here.run('destroy', '--yes');
    expect(code).toBe(0);
    expect(stdout).toContain('is gone');
    const { accounts, services } = (await here.state()) as { accounts: { email: string }[]; services: object[] };
    expect(services).toMatchObject([
      {
        name: 'theirs',
        bindings: [{ role: 'roles/run.invoker', members: [expect.stringContaining(account('front-run'))] }],
      },
    ]);
    expect(accounts.map(({ email }) => email).filter((email) => email.endsWith('iam.gserviceaccount.com'))).toEqual([
      account('somebody-else'),
    ]);
    expect((await here.run('destroy', '--yes')).stdout).toContain('There is nothing');
    const left = differing((await here.run('verify', '--json')).stdout);
    expect(left.map(({ kind, service }) => `${kind} ${service}`)).toEqual(['not-deployed front', 'not-deployed back']);
  });
});
