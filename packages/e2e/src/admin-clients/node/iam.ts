import { auth, iam_v1 } from '@googleapis/iam';
import type { Said } from '../stories.ts';

type Role = iam_v1.Schema$Role;

/** The IAM API by @googleapis/iam: what each step came to. */
export async function iamStory(rootUrl: string, project: string): Promise<Said> {
  const scopes = ['https://www.googleapis.com/auth/cloud-platform'];
  const iam = new iam_v1.Iam({ auth: new auth.GoogleAuth({ scopes }), rootUrl: `${rootUrl}/` });
  const parent = `projects/${project}`;
  return {
    ...(await accountStory(iam, parent)),
    role: await roleStory(iam, parent),
    questions: await questions(iam, `//cloudresourcemanager.googleapis.com/${parent}`),
    pool: await poolStory(iam, `${parent}/locations/global`),
  };
}

async function accountStory(iam: iam_v1.Iam, parent: string): Promise<Said> {
  const accounts = iam.projects.serviceAccounts;
  const serviceAccount = { displayName: 'Clerk', description: 'keeps the books' };
  const create = () => accounts.create({ name: parent, requestBody: { accountId: 'clerk-run', serviceAccount } });
  const { data: clerk } = await create();
  const name = clerk.name ?? '';
  const exists = await refusal(create());
  const listed = await inPages(async (pageToken) => {
    const { data } = await accounts.list({ name: parent, pageSize: 2, ...pageToken });
    return { names: data.accounts?.map(({ email }) => email), next: data.nextPageToken };
  });
  const noPage = await refusal(accounts.list({ name: parent, pageToken: 'nobody-gave-this' }));

  const change = { displayName: 'Not asked for', etag: clerk.etag ?? null };
  const patch = { serviceAccount: change, updateMask: 'description' };
  const masked = texts((await accounts.patch({ name, requestBody: patch })).data);
  const { data: found } = await accounts.get({ name: `projects/-/serviceAccounts/${clerk.email}` });
  const requestBody = { ...found, displayName: 'Head clerk' };
  const updated = texts((await accounts.update({ name, requestBody })).data);
  const isDisabled = async () => (await accounts.get({ name })).data.disabled ?? false;
  await accounts.disable({ name });
  const disabled = await isDisabled();
  await accounts.enable({ name });
  const enabled = await isDisabled();
  const key = await keyStory(iam, name);

  const { data: policy } = await accounts.getIamPolicy({ resource: name });
  const user = { role: 'roles/iam.serviceAccountUser', members: [`serviceAccount:${clerk.email}`] };
  const granted = { ...policy, bindings: [...(policy.bindings ?? []), user] };
  await accounts.setIamPolicy({ resource: name, requestBody: { policy: granted } });
  const { data: now } = await accounts.getIamPolicy({ resource: name });
  const permissions = ['iam.serviceAccounts.get', 'iam.serviceAccounts.delete'];
  const { data: held } = await accounts.testIamPermissions({ resource: name, requestBody: { permissions } });

  await accounts.delete({ name });
  const deleted = await refusal(accounts.get({ name }));
  const { data: undeleted } = await accounts.undelete({ name: `${parent}/serviceAccounts/${clerk.uniqueId}` });
  return {
    created: { email: clerk.email, ...texts(clerk) },
    exists,
    listed,
    noPage,
    masked,
    updated,
    disabled: [disabled, enabled],
    key,
    policy: { bindings: now.bindings, held: held.permissions?.toSorted() },
    deleted,
    undeleted: undeleted.restoredAccount?.email,
  };
}

async function keyStory(iam: iam_v1.Iam, account: string): Promise<Said> {
  const { keys } = iam.projects.serviceAccounts;
  const { data: key } = await keys.create({ name: account });
  const name = key.name ?? '';
  const { data: kept } = await keys.list({ name: account, keyTypes: ['USER_MANAGED'] });
  const { data: read } = await keys.get({ name, publicKeyType: 'TYPE_X509_PEM_FILE' });
  const isDisabled = async () => (await keys.get({ name })).data.disabled ?? false;
  await keys.disable({ name });
  const disabled = await isDisabled();
  await keys.enable({ name });
  const enabled = await isDisabled();
  await keys.delete({ name });
  return {
    file: JSON.parse(fromBase64(key.privateKeyData)).client_email,
    listed: kept.keys?.length === 1 && kept.keys[0]?.name === name,
    certificate: fromBase64(read.publicKeyData).split('\n')[0],
    disabled: [disabled, enabled],
    deleted: await refusal(keys.get({ name })),
  };
}

async function roleStory(iam: iam_v1.Iam, parent: string): Promise<Said> {
  const { roles } = iam.projects;
  for (const roleId of ['bookkeeper', 'auditor', 'cashier']) {
    const role: Role = { title: roleId, includedPermissions: ['run.services.get'], stage: 'GA' };
    await roles.create({ parent, requestBody: { roleId, role } });
  }
  const name = `${parent}/roles/bookkeeper`;
  const change: Role = { title: 'Bookkeeper', includedPermissions: [] };
  await roles.patch({ name, updateMask: 'title', requestBody: change });
  const { title, includedPermissions } = (await roles.get({ name })).data;
  const { deleted } = (await roles.delete({ name })).data;
  const list = (showDeleted: boolean) =>
    inPages(async (pageToken) => {
      const { data } = await roles.list({ parent, pageSize: 2, showDeleted, ...pageToken });
      return { names: data.roles?.map((role) => role.name), next: data.nextPageToken };
    });
  return {
    masked: { title, includedPermissions },
    deleted,
    listed: await list(true),
    left: await list(false),
    undeleted: (await roles.undelete({ name })).data.deleted ?? false,
    invoker: (await iam.roles.get({ name: 'roles/run.invoker' })).data.includedPermissions,
  };
}

async function questions(iam: iam_v1.Iam, fullResourceName: string): Promise<Said> {
  const requestBody = { fullResourceName, pageSize: 1000 };
  const { data: grantable } = await iam.roles.queryGrantableRoles({ requestBody });
  const { data: testable } = await iam.permissions.queryTestablePermissions({ requestBody });
  return {
    grantable: grantable.roles?.some(({ name }) => name === 'roles/run.invoker'),
    testable: testable.permissions?.some(({ name }) => name === 'run.routes.invoke'),
  };
}

async function poolStory(iam: iam_v1.Iam, parent: string): Promise<Said> {
  const pools = iam.projects.locations.workloadIdentityPools;
  const create = (workloadIdentityPoolId: string) =>
    pools.create({ parent, workloadIdentityPoolId, requestBody: { displayName: 'Pool', description: 'of the tests' } });
  await create('first-pool');
  await create('second-pool');
  const { done, response } = (await create('third-pool')).data;
  const name = `${parent}/workloadIdentityPools/third-pool`;
  await pools.patch({ name, updateMask: 'description', requestBody: { displayName: 'Not asked for' } });
  const masked = texts((await pools.get({ name })).data);
  const provider = {
    oidc: { issuerUri: 'https://issuer.example' },
    attributeMapping: { 'google.subject': 'assertion.sub' },
  };
  await pools.providers.create({ parent: name, workloadIdentityPoolProviderId: 'provider', requestBody: provider });
  const { data: read } = await pools.providers.get({ name: `${name}/providers/provider` });
  const list = (showDeleted: boolean) =>
    inPages(async (pageToken) => {
      const { data } = await pools.list({ parent, pageSize: 2, showDeleted, ...pageToken });
      return { names: data.workloadIdentityPools?.map((pool) => pool.name), next: data.nextPageToken };
    });
  const state = async () => (await pools.get({ name })).data.state;
  const listed = await list(false);
  await pools.delete({ name });
  const deleted = await state();
  const left = await list(false);
  const withDeleted = await list(true);
  await pools.undelete({ name });
  return {
    operation: [done, response?.['@type'], response?.state],
    listed,
    masked,
    issuer: read.oidc?.issuerUri,
    deleted,
    left,
    withDeleted,
    undeleted: await state(),
  };
}

interface Page {
  readonly names: readonly (string | null | undefined)[] | undefined;
  readonly next: string | null | undefined;
}

async function inPages(read: (pageToken: { pageToken?: string }) => Promise<Page>): Promise<Said> {
  const all: (string | null | undefined)[] = [];
  let most = 0;
  let pageToken: { pageToken?: string } | undefined = {};
  while (pageToken !== undefined) {
    const { names = [], next } = await read(pageToken);
    most = Math.max(most, names.length);
    all.push(...names);
    pageToken = next ? { pageToken: next } : undefined;
  }
  return { most, all: all.toSorted() };
}

async function refusal(request: Promise<unknown>): Promise<number> {
  try {
    await request;
    return 200;
  } catch (error) {
    return (error as { status: number }).status;
  }
}

function texts({ displayName, description }: { displayName?: string | null; description?: string | null }): object {
  return { displayName: displayName ?? '', description: description ?? '' };
}

function fromBase64(text: string | null | undefined): string {
  return Buffer.from(text ?? '', 'base64').toString();
}
