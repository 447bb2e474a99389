import { describe, expect, it } from 'vitest';
import { parseDeclaration } from './parse-declaration.ts';
import { refusals } from './testing/refusals.ts';

const services = 'services: { web: { public: true }, search: {}, mail: { calls: [search] } }';
const POOL = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github';

describe('names are one space', () => {
  it.each([
    ['jobs: { search: {} }', '2:9: search is a service and a job. Give one of the two another name.'],
    ['workerPools: { search: {} }', '2:16: search is a service and a worker pool. Give one of the two another name.'],
    [
      'principals: { search: { member: "user:a@b.cd" } }',
      '2:15: search is a service and a principal. Give one of the two another name.',
    ],
    [
      'external: { search: { url: "https://a.example.com" } }',
      '2:13: search is a service and an external receiver. Give one of the two another name.',
    ],
  ])('%s', (part, line) => {
    expect(refusals(`${services}\n${part}`)).toEqual([line]);
  });

  it.each([
    ['jobs', 'job', 'a Cloud Run job'],
    ['workerPools', 'worker pool', 'a Cloud Run worker pool'],
    ['principals', 'principal', 'a principal'],
    ['external', 'external receiver', 'an external receiver'],
  ])('and have one form: %s', (part, kind, whose) => {
    const required = { principals: 'member: "user:a@b.cd"', external: 'url: "https://a.example.com"' };
    const body = `{ ${part === 'principals' || part === 'external' ? required[part] : ''} }`;
    const named = (name: string) => refusals(`${services}\n${part}: { "${name}": ${body} }`);
    expect(named('Nightly_Run')).toEqual([
      expect.stringContaining(`"Nightly_Run" cannot be the name of ${whose}. Did you mean "nightly-run"?`),
    ]);
    expect(named('stranger')).toEqual([expect.stringContaining(`the ${kind} name "stranger" is reserved`)]);
    expect(named('x'.repeat(50)).join()).toContain('at most 49 characters');
  });

  it('a receiver of others has a variable, too', () => {
    expect(refusals(`${services}\nexternal: { database: { url: "https://a.example.com" } }`)).toEqual([
      expect.stringContaining('the URL of database would be in DATABASE_URL, which is taken by a database'),
    ]);
    const set = (name: string) =>
      refusals(`services: { web: { env: { ${name}: x } } }\nexternal: { pay: { url: "https://a.example.com" } }`);
    expect(set('PAY_URL')).toEqual([expect.stringContaining('holds the address of pay')]);
    expect(set('PAY_AUDIENCE')).toEqual([expect.stringContaining('holds the audience of pay')]);
  });
});

describe('edges to what cannot be called are refused', () => {
  it.each([
    ['nightly', 'is a job and has no address'],
    ['mailer', 'is a worker pool and has no address'],
    ['ada', 'is a principal and has no address'],
  ])('%s', (name, why) => {
    const text = `services: { web: { calls: [${name}] }, search: {} }
jobs: { nightly: {} }
workerPools: { mailer: {} }
principals: { ada: { member: "user:a@b.cd" } }`;
    expect(refusals(text)).toEqual([
      `1:28: web calls "${name}", which ${why}. Take it out: services and external receivers are called. Declared: search.`,
    ]);
  });

  it.each(['jobs: { nightly: { calls: [serch] } }', 'workerPools: { mailer: { calls: [serch] } }'])('%s', (part) => {
    expect(refusals(`${services}\n${part}`)).toEqual([
      expect.stringContaining('calls "serch", which is not declared. Did you mean "search"?'),
    ]);
  });
});

describe('members are refused', () => {
  const member = (text: string) => refusals(`${services}\nprincipals:\n  one:\n    member: ${JSON.stringify(text)}\n`);
  it.each([
    ['allUsers', 'is everybody. Say "public: true" on the service'],
    ['allAuthenticatedUsers', 'is everybody who has a Google account, of whatever company. Name a group:'],
    ['deleted:user:a@example.com?uid=1', 'is an account that was deleted. Take it out'],
    ['deleted:serviceAccount:a@p.iam.gserviceaccount.com?uid=1', 'is an account that was deleted'],
    ['projectOwner:acme', 'is whoever has a role on the project. Name the people'],
    ['ada@example.com', 'is no member as IAM names them. Did you mean "user:ada@example.com", or group: of it?'],
    [
      'billing@acme.iam.gserviceaccount.com',
      'is no member as IAM names them. Did you mean "serviceAccount:billing@acme.iam.gserviceaccount.com"?',
    ],
    [
      'serviceaccount:a@p.iam.gserviceaccount.com',
      'is no member as IAM names them. Did you mean "serviceAccount:a@p.iam.gserviceaccount.com"?',
    ],
    ['billing', 'is no member as IAM names them. Begin with one of serviceAccount:, user:, group:'],
    ['robot:a@example.com', 'is no member as IAM names them. Begin with one of'],
    ['constructor:a@example.com', 'is no member as IAM names them. Begin with one of'],
    ['user:', 'has no e-mail address. Write one, such as "user:support@example.com".'],
    ['group:support', 'has no e-mail address. Write one, such as "group:support@example.com".'],
    ['group:a@b@c.example', 'has no e-mail address'],
    ['user:Ada@Example.com', 'has capitals. IAM writes e-mails in lower case: "user:ada@example.com".'],
    ['user:a@p.iam.gserviceaccount.com', 'is a service account. Did you mean "serviceAccount:a@p.iam.'],
    ['group:a@p.iam.gserviceaccount.com', 'is a service account. Did you mean "serviceAccount:a@p.iam.'],
    ['serviceAccount:billing', 'is not the e-mail of a service account. Write its e-mail'],
    ['serviceAccount:ada@example.com', 'is not the e-mail of a service account'],
    ['serviceAccount:a@gserviceaccount.com.evil.example', 'is not the e-mail of a service account'],
    ['serviceAccount:A@p.iam.gserviceaccount.com', 'has capitals'],
    [
      'serviceAccount:acme.svc.id.goog[default/app]',
      'is an account of Kubernetes, for which Google makes no ID tokens',
    ],
    ['domain:example', 'is no domain in lower case. Write it alone, such as "domain:example.com".'],
    ['domain:@example.com', 'is no domain in lower case'],
    ['domain:Example.com', 'is no domain in lower case'],
    ['principal:github', 'names no identity of a workload identity pool. Write principal://iam.googleapis.com/'],
    [`principal:${POOL}`, 'names no identity of a workload identity pool'],
    [`principal:${POOL.replace('/1/', '/acme/')}/subject/a`, 'names the project "acme". Write its number'],
    [`principal:${POOL}!/subject/a`, 'names the pool "github!", which none can be called'],
    [`principal:${POOL}/subject/`, 'names no identity of the pool. Write principal:'],
    [`principal:${POOL}/subjects/a`, 'names no identity of the pool'],
    [`principal:${POOL}/attribute.repository/acme`, 'is written as a principal. Did you mean "principalSet:'],
    [`principalSet:${POOL}/subject/a`, 'is written as a principalSet. Did you mean "principal:'],
    [`principalSet:${POOL}/attribute.`, 'names no identity of the pool. Write principalSet:'],
    [`principalSet:${POOL}/**`, 'names no identity of the pool'],
    [
      'principalSet://iam.googleapis.com/locations/global/workforcePools/staff/group/a',
      'is of a workforce pool, for which Google makes no ID tokens',
    ],
    [
      'principalSet://cloudresourcemanager.googleapis.com/projects/1/type/ServiceAccount',
      'is every account of a project or of many. Name each account that calls',
    ],
    [`principal:${POOL.replace('//iam', '//evil')}/subject/a`, 'names no identity of a workload identity pool'],
  ])('%s', (text, line) => {
    const [refusal, ...more] = member(text);
    expect(more).toEqual([]);
    expect(refusal).toMatch(/^4:13: one: member "/);
    expect(refusal).toContain(line);
  });

  it.each(['', 'user:a b@example.com', 'user:ä@example.com', 'user:a@example.com\n'])('%j', (text) => {
    expect(member(text)).toEqual([expect.stringContaining('Write a member as IAM names it')]);
  });

  it('that nobody wrote', () => {
    expect(refusals(`${services}\nprincipals: { one: {} }`)).toEqual([
      '2:20: one has no "member". Write a member as IAM names it, such as "group:support@example.com".',
    ]);
    expect(refusals(`${services}\nprincipals:\n`)).toEqual([expect.stringContaining('2:1: "principals" is empty.')]);
  });

  it('that stand twice', () => {
    const text = `${services}\nprincipals:\n  one: { member: "user:a@b.cd" }\n  two: { member: "user:a@b.cd" }\n`;
    expect(refusals(text)).toEqual([
      '4:18: one and two are the same member "user:a@b.cd". Put the calls of both under one name.',
    ]);
  });

  it('that are accounts of this file, where the project is known', () => {
    const text = `${services}
principals:
  one: { member: "serviceAccount:search-run@acme.iam.gserviceaccount.com", calls: [mail] }
`;
    expect(() => parseDeclaration(text, 'e.yaml')).not.toThrow();
    expect(() => parseDeclaration(text, 'e.yaml', { project: 'other' })).not.toThrow();
    expect(() => parseDeclaration(text, 'e.yaml', { project: 'acme' })).toThrow(
      'e.yaml:3:18: one is the account of search, a service of this file. Declare the edge on search, and take one out.',
    );
    const federated = `${services}
principals:
  ci: { member: "principalSet:${POOL}/*" }
  two: { member: "serviceAccount:ci-run@acme.example.com.iam.gserviceaccount.com" }
`;
    expect(() => parseDeclaration(federated, 'e.yaml', { project: 'example.com:acme' })).toThrow(
      'two is the account of ci, a principal of this file.',
    );
  });

  it('that need no account, and name one', () => {
    const text = `${services}\nprincipals:\n  one: { member: "user:a@b.cd", serviceAccount: other-run }\n`;
    expect(refusals(text)).toEqual([
      '3:33: one has a serviceAccount, and its member has an identity of its own. Take serviceAccount out: ' +
        'only principal: and principalSet: act as one.',
    ]);
  });

  it('that need one whose default is too short', () => {
    expect(refusals(`${services}\nprincipals: { a: { member: "principalSet:${POOL}/*" } }`)).toEqual([
      expect.stringContaining('a would run as "a-run", which is shorter than the 6 characters'),
    ]);
  });

  it.each([
    'serviceAccount:billing@other-project.iam.gserviceaccount.com',
    'serviceAccount:app@p.example.com.iam.gserviceaccount.com',
    'serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com',
    'serviceAccount:service-123@container-engine-robot.iam.gserviceaccount.com',
    'serviceAccount:123-compute@developer.gserviceaccount.com',
    'serviceAccount:acme@appspot.gserviceaccount.com',
    'serviceAccount:123@cloudbuild.gserviceaccount.com',
    'serviceAccount:gmail-api-push@system.gserviceaccount.com',
    "user:o'neil+x@example.co.uk".replace("'", '_'),
    'group:support@example.com',
    'domain:example.co.uk',
    `principal:${POOL}/subject/repo:acme/app:ref:refs/heads/main`,
    `principalSet:${POOL}/group/admins`,
    `principalSet:${POOL}/attribute.repository/acme/app`,
    `principalSet:${POOL}/*`,
    'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/acme.svc.id.goog/subject/ns/default/sa/app',
    'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/acme.svc.id.goog/namespace/default',
  ])('but not %s', (text) => {
    const read = parseDeclaration(`${services}\nprincipals: { caller: { member: ${JSON.stringify(text)} } }`, 'e.yaml');
    expect(read.principals?.[0]?.member).toBe(text);
    expect(read.principals?.[0]?.serviceAccount).toBe(text.startsWith('principal') ? 'caller-run' : undefined);
  });
});
