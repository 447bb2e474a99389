import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findToolchain } from '../real-clients/toolchain.ts';
import { project, startTestProject, type TestProject } from './test-project.ts';

const { title, missing } = await findToolchain({ name: 'gcloud', commands: ['gcloud'] });

const edges = 'services:\n  front: { public: true, calls: [back] }\n  back: {}\n';
const account = (id: string) => `${id}@${project}.iam.gserviceaccount.com`;
const frontRun = `serviceAccount:${account('front-run')}`;
const invoker = (...members: readonly string[]) => ({ role: 'roles/run.invoker', members });
const owner = { role: 'roles/owner', members: ['user:developer@example.com'] };
/** gcloud is slow, and slower on a busy machine. */
const timeout = 600_000;

interface Row {
  readonly kind: string;
  readonly service: string;
  readonly member: string;
  readonly role: string;
  readonly path: string;
  readonly state: string;
  readonly reason: string;
  readonly mend?: string;
}

/** One of each kind that the file does not know. */
const strangers = [
  'user:eve@example.com',
  'group:crew@example.com',
  'domain:example.net',
  'serviceAccount:report@other-project.iam.gserviceaccount.com',
  'principalSet://iam.googleapis.com/projects/100000000001/locations/global/workloadIdentityPools/gh/*',
  'allAuthenticatedUsers',
];

describe.skipIf(missing)(title, () => {
  let here: TestProject;
  beforeAll(async () => {
    here = await startTestProject(edges, ['front', 'back'], { deployed: true });
    await setPolicy(['run', 'services'], 'back', [invoker(frontRun, ...strangers)], '--region=us-central1');
  }, timeout);
  afterAll(() => here[Symbol.asyncDispose]());

  async function setPolicy(group: readonly string[], of: string, bindings: readonly object[], ...flags: string[]) {
    const file = join(here.folder, 'policy.json');
    writeFileSync(file, JSON.stringify({ bindings, version: 3 }));
    const whose = group[0] === 'projects' ? [] : [`--project=${project}`];
    const { code, stderr } = await here.gcloud(...group, 'set-iam-policy', of, file, ...whose, ...flags);
    expect(code, stderr).toBe(0);
  }
  const declare = (more: string) => writeFileSync(join(here.folder, 'infra', 'edges.yaml'), `${edges}${more}`);
  const rowsIn = (json: string, state: string) => (JSON.parse(json) as Row[]).filter((row) => row.state === state);

  test('six grants that the file does not know are six differences, beside what is declared', { timeout }, async () => {
    const { code, stdout } = await here.run('verify', '--json');
    expect(code).toBe(1);
    const drift = rowsIn(stdout, 'drift');
    expect(drift.map(({ member }) => member).toSorted()).toEqual(strangers.toSorted());
    for (const { service, role, path, mend } of drift) {
      expect({ service, role, path }).toEqual({ service: 'back', role: 'roles/run.invoker', path: 'service' });
      expect(mend).toContain('gcloud run services remove-iam-policy-binding back');
    }
    expect(rowsIn(stdout, 'declared').map(({ service, member }) => `${member} ${service}`)).toEqual([
      'allUsers front',
      `${frontRun} back`,
    ]);
    // Who owns the project is named once, and is no difference.
    expect(rowsIn(stdout, 'accepted')).toMatchObject([{ service: '*', path: 'project', ...one(owner) }]);
    expect(rowsIn(stdout, 'unseen')).toEqual([]);
  });

  test('--fix --yes takes nobody’s access away, and says so', { timeout }, async () => {
    const before = await here.state();
    const from = (await here.recorded()).length;
    const { code, stdout } = await here.run('verify', '--fix', '--yes');
    expect(code).toBe(1);
    const [, said = ''] = stdout.split("Nobody's access is taken away");
    expect(said).toContain('--remove-extra');
    for (const member of strangers) expect(said).toContain(member.replace('serviceAccount:', ''));
    expect((await here.recorded()).slice(from).filter(({ mutating }) => mutating)).toEqual([]);
    expect(await here.state()).toEqual(before);
  });

  test('--remove-extra without --fix is wrong usage', { timeout }, async () => {
    const { code, stderr } = await here.run('verify', '--remove-extra');
    expect(code).toBe(2);
    expect(stderr).toContain('--remove-extra goes with --fix');
  });

  test('what the file accepts is clean', { timeout }, async () => {
    const entries = strangers.map((member) => `  - { member: "${member}", on: back, reason: meant to be so }\n`);
    declare(`accepted:\n${entries.join('')}  - { member: "user:gone@example.com", on: back, reason: r }\n`);
    const { code, stdout } = await here.run('verify');
    declare('');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(`${project} is as declared.`) });
    expect(stdout.match(/meant to be\s/g)?.length ?? 0).toBeGreaterThanOrEqual(1);
    expect(stdout).toContain('stale');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  test('roles on the project, on an account, and a key are found and named; what gcloud can mend is', {
    timeout,
  }, async () => {
    const own = `projects/${project}/roles/caller`;
    const creates = ['iam', 'roles', 'create', 'caller', `--project=${project}`, '--permissions=run.routes.invoke'];
    expect(await here.gcloud(...creates)).toMatchObject({ code: 0 });
    await setPolicy(['projects'], project, [
      owner,
      { role: 'roles/editor', members: ['domain:example.com'] },
      { role: 'roles/run.developer', members: ['user:eve@example.com'] },
      { role: own, members: ['group:crew@example.com'] },
      { role: 'roles/iam.serviceAccountKeyAdmin', members: ['group:admins@example.com'] },
    ]);
    await setPolicy(['iam', 'service-accounts'], account('front-run'), [
      { role: 'roles/iam.serviceAccountTokenCreator', members: ['user:mallory@example.com'] },
      { role: 'roles/iam.serviceAccountUser', members: ['user:eve@example.com', 'user:bob@example.org'] },
    ]);
    const keys = ['iam', 'service-accounts', 'keys', 'create', join(here.folder, 'key.json')];
    expect(await here.gcloud(...keys, `--iam-account=${account('front-run')}`)).toMatchObject({ code: 0 });

    const { stdout } = await here.run('verify', '--json');
    const found = rowsIn(stdout, 'drift').map(
      (row) => `${row.kind} ${row.path} ${row.service} ${row.member} ${row.role}`,
    );
    const byHand = [
      'widened project * domain:example.com roles/editor',
      'widened project * user:eve@example.com roles/run.developer',
      `widened project * group:crew@example.com ${own}`,
      'becomes project * group:admins@example.com roles/iam.serviceAccountKeyAdmin',
    ];
    const byGcloud = [
      'becomes account back user:mallory@example.com roles/iam.serviceAccountTokenCreator',
      'deploys account back user:eve@example.com roles/iam.serviceAccountUser',
      `key key back ${frontRun} `,
    ];
    expect(found.filter((row) => !row.includes(' service ')).toSorted()).toEqual([...byHand, ...byGcloud].toSorted());

    const accepted = ['domain:example.com', 'group:admins@example.com'].flatMap((member) => ['--accept', member]);
    const mended = await here.run('verify', '--fix', '--yes', '--remove-extra', ...accepted);
    expect(mended.stderr).toBe('');
    expect(mended.code).toBe(1);
    const [, left = ''] = mended.stdout.split('# Taken away');
    expect(left).toContain('2 of them.');
    for (const member of ['user:eve@example.com holds roles/run.developer', `group:crew@example.com holds`])
      expect(left).toContain(member);
    const { services } = (await here.state()) as { services: { name: string; bindings: { members: string[] }[] }[] };
    expect(Object.fromEntries(services.map(({ name, bindings }) => [name, bindings[0]?.members]))).toEqual({
      back: [frontRun],
      front: ['allUsers'],
    });
  });

  test('what may not be read is said, with the least role that reads it', { timeout }, async () => {
    const bob = await here.as('bob@example.org');
    const grant = (...roles: string[]) =>
      setPolicy(['projects'], project, [
        owner,
        { role: `projects/${project}/roles/caller`, members: ['group:crew@example.com'] },
        ...roles.map((role) => ({ role, members: ['user:bob@example.org'] })),
      ]);

    const refused = await bob.run('verify');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/--role=roles\/(?:run\.viewer|browser), with you/);

    await grant('roles/run.viewer', 'roles/browser');
    const blind = await bob.run('verify', '--json');
    expect(rowsIn(blind.stdout, 'unseen').toSorted((a, b) => (a.path < b.path ? -1 : 1))).toMatchObject([
      {
        kind: 'not-seen',
        path: 'account',
        reason: expect.stringContaining('Who may become a caller was not looked at'),
        mend: expect.stringContaining('--role=roles/iam.serviceAccountViewer,'),
      },
      {
        kind: 'not-seen',
        path: 'project',
        reason: expect.stringContaining(`What projects/${project}/roles/caller allows was not looked at`),
        mend: expect.stringContaining('--role=roles/iam.roleViewer,'),
      },
    ]);
    expect(blind.code).toBe(0);

    await grant('roles/run.viewer', 'roles/browser', 'roles/iam.serviceAccountViewer', 'roles/iam.roleViewer');
    const seeing = await bob.run('verify', '--json');
    expect(rowsIn(seeing.stdout, 'unseen')).toEqual([]);
    expect(rowsIn(seeing.stdout, 'drift')).toMatchObject([{ member: 'group:crew@example.com' }]);
  });
});

function one({ role, members: [member] }: { role: string; members: readonly string[] }): object {
  return { role, member };
}
