import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { googleMethods } from '../../src/google/http/methods/method-at.ts';
import type { GoogleMethod } from '../../src/google/http/methods/methods.ts';
import { preparedCloud, project } from '../admin-cloud.ts';
import { verifies } from '../verifies.ts';

const TABLE = fileURLToPath(new URL('../../../../docs/reference/google-apis.md', import.meta.url));

const titles: Readonly<Record<string, string>> = {
  run: 'Cloud Run Admin API',
  iam: 'Identity and Access Management API',
  iamcredentials: 'IAM Service Account Credentials API',
  cloudresourcemanager: 'Cloud Resource Manager API',
  serviceusage: 'Service Usage API',
  cloudbilling: 'Cloud Billing API',
  pubsub: 'Cloud Pub/Sub API',
  cloudtasks: 'Cloud Tasks API',
  cloudscheduler: 'Cloud Scheduler API',
  eventarc: 'Eventarc API',
};

const INTRODUCTION = `# Google's APIs in the emulator

Which methods of Google's reference have an answer here. Whatever is not emulated says so: 501 \`UNIMPLEMENTED\`, with the
method's name; what Google does not have is 404. A query parameter that a method does not have is 400, as at Google. One that
it has there and not here is named below: where it would change something the call is refused with 501, and nothing is done.

Not in this table, as they are no methods of these APIs: \`/token\`, \`/v1/token\` (Security Token Service), the keys and
certificates, and the metadata servers ([the emulator's README](../../packages/emulator/README.md)).

The table is written by a test that asks each method of a running emulator.
`;

verifies('api:table', 'as docs/reference/google-apis.md says', async () => {
  await using admin = await preparedCloud();
  const rows = new Map<string, string[]>();
  for (const method of googleMethods) {
    const path = method.path
      .replaceAll(/(projects|namespaces)\/\*/g, `$1/${project}`)
      .replace(
        'locations/*',
        `locations/${/^(?:run|cloudtasks|cloudscheduler|eventarc)\./.test(method.id) ? 'us-central1' : 'global'}`,
      )
      .replaceAll('*', 'x');
    const { status } = await admin.call(method.verb, path, ['GET', 'DELETE'].includes(method.verb) ? undefined : {});
    expect(status, `${method.id} ${path}`).not.toBe(500);
    const title = titleOf(method);
    rows.set(title, [...(rows.get(title) ?? []), row(method, status !== 501)]);
  }
  const sections = [...rows].map(
    ([title, lines]) =>
      `\n## ${title}\n\n| method | request | emulated |\n|---|---|---|\n${lines.map((line) => `${line}\n`).join('')}`,
  );
  await expect(`${INTRODUCTION}${sections.join('')}`).toMatchFileSnapshot(TABLE);
});

function titleOf({ id, path }: GoogleMethod): string {
  const [api = ''] = id.split('.');
  return `${titles[api]} ${/\/(v\d)\b/.exec(path)?.[1]}`;
}

function row({ id, verb, path, query }: GoogleMethod, emulated: boolean): string {
  const lacking = [...query].filter(([, { lacking }]) => lacking).map(([name]) => `\`${name}\``);
  const but = lacking.length === 0 ? '' : `, but for ${lacking.join(', ')}`;
  return `| \`${id}\` | \`${verb} ${path}\` | ${emulated ? `yes${but}` : 'no'} |`;
}
