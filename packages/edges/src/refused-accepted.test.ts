import { describe, expect, it } from 'vitest';
import { parseDeclaration } from './parse-declaration.ts';
import { refusals } from './testing/refusals.ts';

const services = 'services: { web: {}, search: { serviceAccount: finder-run } }';
const accepted = (entry: string) => `${services}\naccepted:\n  - { ${entry} }\n`;
const good = 'member: "user:a@b.cd", on: search, reason: why';

describe('accepted access is refused', () => {
  it.each([
    ['', 'accepted: entry 1 has no "member". Write a member as IAM names it'],
    ['member: "user:a@b.cd", reason: why', 'accepted: entry 1 has no "on". Write project, the name of a service'],
    ['member: "user:a@b.cd", on: search', 'accepted: entry 1 has no "reason". Write in a few words why'],
    ['member: "user:a@b.cd", on: search, reason: ""', 'accepted: entry 1: reason is empty. Write in a few words why'],
    ['member: "user:a@b.cd", on: search, reason: "  "', 'accepted: entry 1: reason cannot be "  ". Write in a few'],
    [
      'member: "user:a@b.cd", on: serch, reason: why',
      'accepted: "serch" is neither the project, nor a service or an account',
    ],
    ['member: "user:a@b.cd", on: Project, reason: why', 'Did you mean "project"?'],
    ['member: "user:a@b.cd", on: search-run, reason: why', 'accepted: "search-run" is neither'],
    ['member: "user:a@b.cd", on: a@example.com, reason: why', 'accepted: "a@example.com" is neither'],
    [`${good}, until: 2027-06-31`, 'accepted: entry 1: until is "2027-06-31", and there is no such day'],
    [`${good}, until: soon`, 'accepted: entry 1: until cannot be "soon". Write a day as YYYY-MM-DD.'],
    [`${good}, role: owner`, 'unknown key "role" in accepted: entry 1. Known here: member, on, reason, until, owner.'],
    ['member: allUsers, on: search, reason: why', 'accepted: member "allUsers" is everybody. Say "public: true"'],
    ['member: "deleted:user:a@b.cd?uid=1", on: search, reason: why', 'is an account that was deleted'],
    ['member: ada, on: search, reason: why', 'is no member as IAM names them'],
    ['member: 1, on: search, reason: why', 'accepted: entry 1: member is 1. Write a member as IAM names it'],
  ])('%s', (entry, line) => {
    const found = refusals(accepted(entry));
    expect(
      found.some((refusal) => refusal.includes(line)),
      found.join('\n'),
    ).toBe(true);
    for (const refusal of found) expect(refusal).toMatch(/^3:\d+: accepted|^3:\d+: unknown key/);
  });

  it('twice', () => {
    expect(refusals(`${accepted(good)}  - { ${good}, until: 2027-01-31 }\n`)).toEqual([
      '4:5: accepted: "user:a@b.cd" on "search" stands twice, first as entry 1. Keep one of the two.',
    ]);
  });

  it('as anything but a list', () => {
    expect(refusals(`${services}\naccepted: { a: 1 }`)).toEqual([
      expect.stringContaining('2:11: "accepted" is a mapping. Write a list, such as - { member:'),
    ]);
  });

  it.each([
    'allAuthenticatedUsers',
    'serviceAccount:acme.svc.id.goog[default/app]',
    'principalSet://iam.googleapis.com/locations/global/workforcePools/staff/group/a',
    'principalSet://cloudresourcemanager.googleapis.com/projects/1/type/ServiceAccount',
    'domain:example.com',
  ])('but not %s, which verify may come across', (member) => {
    const text = accepted(`member: "${member}", on: project, reason: why, x-ticket: 1, owner: ops`);
    expect(parseDeclaration(text, 'e.yaml').accepted).toEqual([{ member, on: 'project', reason: 'why' }]);
  });

  it.each(['project', 'web', 'search', 'web-run', 'finder-run', 'any@other.iam.gserviceaccount.com'])(
    'nor on %s',
    (on) => {
      const text = accepted(`member: "user:a@b.cd", on: "${on}", reason: why, until: 2020-01-01`);
      expect(parseDeclaration(text, 'e.yaml').accepted).toEqual([
        { member: 'user:a@b.cd', on, reason: 'why', until: '2020-01-01' },
      ]);
    },
  );
});
