import { isRecord } from '../../internal/check-settings.ts';
import { EmulatorError } from '../../internal/errors.ts';
import { readYaml } from '../../internal/read-yaml.ts';

/** Group e-mails and their members, each as a policy names it: `user:EMAIL`, `serviceAccount:EMAIL`, `group:EMAIL`. */
export type Groups = Readonly<Record<string, readonly string[]>>;

const MEMBER = /^(user|serviceAccount|group):[^\s:@]+@[^\s:@]+$/;

/** Groups may hold groups, this deep. */
const DEEPEST = 10;

/** The groups that a member is in, directly or through other groups, as `group:EMAIL`. */
export function groupsOf(groups: Groups, member: string): string[] {
  const found = new Set<string>();
  let asked = [member];
  for (let depth = 0; depth < DEEPEST && asked.length > 0; depth++) {
    asked = Object.entries(groups)
      .filter(([email, members]) => !found.has(`group:${email}`) && asked.some((one) => members.includes(one)))
      .map(([email]) => `group:${email}`);
    for (const group of asked) found.add(group);
  }
  return [...found];
}

/** Reads `groups:` from a YAML file. @throws EmulatorError GROUPS_INVALID */
export function readGroups(file: string): Groups {
  const groups = readYaml(file, 'groups', groupsInvalid(file));
  checkGroups(groups, file);
  return groups;
}

/** @param where they stand @throws EmulatorError GROUPS_INVALID */
export function checkGroups(groups: unknown, where: string): asserts groups is Groups {
  const invalid = groupsInvalid(where);
  if (!isRecord(groups)) throw invalid('there is no mapping "groups"');
  for (const [email, members] of Object.entries(groups)) {
    if (!Array.isArray(members)) throw invalid(`the members of ${email} are no list`);
    const wrong = members.findIndex((member) => typeof member !== 'string' || !MEMBER.test(member));
    if (wrong >= 0)
      throw invalid(
        `${JSON.stringify(members[wrong])} in ${email} is not user:, serviceAccount: or group: with an e-mail`,
      );
  }
}

function groupsInvalid(where: string): (why: string) => EmulatorError {
  return (why) =>
    new EmulatorError(
      'GROUPS_INVALID',
      `${where} holds no groups: ${why}.`,
      'Write groups: { "team@example.com": ["user:ada@example.com"] }.',
    );
}
