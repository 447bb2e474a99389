import { quote } from './finding.ts';

/** Why a member cannot stand where it is written, without a full stop, and what to write. */
export interface MemberFault {
  readonly fault: string;
  readonly mend: string;
}

/** What the schema lets through; other texts are for it to refuse. */
export const VISIBLE = /^[!-~]{1,1024}$/;

/** https://docs.cloud.google.com/iam/docs/principal-identifiers */
const kinds: Readonly<Record<string, (rest: string, member: string) => MemberFault | undefined>> = {
  serviceAccount: serviceAccountFault,
  user: (rest) => emailFault(rest, 'user') ?? (isAccount(rest) ? isServiceAccount(rest) : undefined),
  group: (rest) => emailFault(rest, 'group') ?? (isAccount(rest) ? isServiceAccount(rest) : undefined),
  domain: domainFault,
  principal: federatedFault,
  principalSet: federatedFault,
};

/** Who can never be a caller of their own. */
const nobodys: readonly (readonly [form: RegExp, fault: string, mend: string])[] = [
  [/^allUsers$/, 'is everybody', 'Say "public: true" on the service that everybody may call.'],
  [
    /^allAuthenticatedUsers$/,
    'is everybody who has a Google account, of whatever company',
    'Name a group:, a domain: or an account.',
  ],
  [/^deleted:/, 'is an account that was deleted', 'Take it out, or name the account that is there now.'],
  [/^project(?:Owner|Editor|Viewer):/, 'is whoever has a role on the project', 'Name the people, as user: or group:.'],
];

/** What is wrong with the member of a principal, by its kind. */
export function memberFault(member: string): MemberFault | undefined {
  const [, fault, mend] = nobodys.find(([form]) => form.test(member)) ?? [];
  if (fault !== undefined && mend !== undefined) return { fault, mend };
  const [, kind = '', rest = ''] = /^([A-Za-z]+):(.*)$/.exec(member) ?? [];
  if (Object.hasOwn(kinds, kind)) return kinds[kind]?.(rest, member);
  return { fault: 'is no member as IAM names them', mend: likelyMember(member, kind, rest) };
}

/** The same for a member that `verify` may come across in a policy: sets of every sort, too. */
export function acceptedFault(member: string): MemberFault | undefined {
  if (member === 'allAuthenticatedUsers' || WORKFORCE.test(member) || RESOURCES.test(member)) return undefined;
  if (KUBERNETES.test(member)) return undefined;
  return memberFault(member);
}

function likelyMember(member: string, kind: string, rest: string): string {
  const known = Object.keys(kinds).find((one) => one.toLowerCase() === kind.toLowerCase());
  if (known !== undefined) return `Did you mean ${quote(`${known}:${rest}`, 200)}?`;
  if (kind === '' && isAccount(member)) return `Did you mean ${quote(`serviceAccount:${member}`, 200)}?`;
  if (kind === '' && EMAIL.test(member)) return `Did you mean ${quote(`user:${member}`, 200)}, or group: of it?`;
  return `Begin with one of ${Object.keys(kinds).join(':, ')}:.`;
}

const EMAIL = /^[^\s@:/"'`,;<>[\]]+@[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const DOMAIN = /^(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\.)+[a-z]{2,}$/;
const ACCOUNT = /^[a-z0-9][-a-z0-9._]*@(?:[-a-z0-9]+\.)+gserviceaccount\.com$/;

/** Whether it is the e-mail of a service account. */
export function isAccount(text: string): boolean {
  return ACCOUNT.test(text.toLowerCase());
}

function isServiceAccount(email: string): MemberFault {
  return { fault: 'is a service account', mend: `Did you mean ${quote(`serviceAccount:${email}`, 200)}?` };
}

function emailFault(email: string, kind: string): MemberFault | undefined {
  if (EMAIL.test(email.toLowerCase()) && email !== email.toLowerCase())
    return { fault: 'has capitals', mend: `IAM writes e-mails in lower case: "${kind}:${email.toLowerCase()}".` };
  if (EMAIL.test(email)) return undefined;
  return { fault: 'has no e-mail address', mend: `Write one, such as "${kind}:support@example.com".` };
}

/** A Kubernetes account of a pool that is named by its project. */
const KUBERNETES = /^serviceAccount:(?:[-a-z0-9.]+:)?[-a-z0-9]+\.svc\.id\.goog\[[-a-z0-9]+\/[-a-z0-9.]+\]$/;

function serviceAccountFault(email: string, member: string): MemberFault | undefined {
  if (KUBERNETES.test(member)) {
    const mend =
      'Write it as principal://iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/' +
      'PROJECT.svc.id.goog/subject/ns/NAMESPACE/sa/NAME, or the account that it acts as.';
    return { fault: 'is an account of Kubernetes, for which Google makes no ID tokens', mend };
  }
  if (isAccount(email)) return emailFault(email, 'serviceAccount');
  const mend = 'Write its e-mail, such as "serviceAccount:billing@other-project.iam.gserviceaccount.com".';
  return { fault: 'is not the e-mail of a service account', mend };
}

function domainFault(domain: string): MemberFault | undefined {
  if (DOMAIN.test(domain)) return undefined;
  return { fault: 'is no domain in lower case', mend: 'Write it alone, such as "domain:example.com".' };
}

const WORKFORCE = /^principal(?:Set)?:\/\/iam\.googleapis\.com\/locations\/global\/workforcePools\/[-a-z0-9]+\/\S+$/;
const RESOURCES =
  /^principalSet:\/\/cloudresourcemanager\.googleapis\.com\/(?:projects|folders|organizations)\/\d+\/type\/\w+$/;
const POOL = /^\/\/iam\.googleapis\.com\/projects\/([^/]+)\/locations\/global\/workloadIdentityPools\/([^/]+)\/(.+)$/;
const POOL_ID = /^(?:[a-z0-9](?:[-a-z0-9]{0,30}[a-z0-9])?|(?:[-a-z0-9.]+:)?[-a-z0-9]+\.svc\.id\.goog)$/;
const SUBJECT = /^subject\/\S+$/;
const SET = /^(?:\*|group\/\S+|attribute\.[a-z0-9_]+\/\S+|namespace\/[-a-z0-9]+|kubernetes\.[.\w]+\/\S+)$/;

const POOL_FORM = '//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL';

function federatedFault(rest: string, member: string): MemberFault | undefined {
  const kind = member.slice(0, member.indexOf(':'));
  if (WORKFORCE.test(member))
    return {
      fault: 'is of a workforce pool, for which Google makes no ID tokens',
      mend: 'Declare the account that they act as, as serviceAccount:.',
    };
  if (RESOURCES.test(member))
    return {
      fault: 'is every account of a project or of many',
      mend: 'Name each account that calls, as serviceAccount:.',
    };
  const [, project = '', pool = '', who = ''] = POOL.exec(rest) ?? [];
  if (who === '') return { fault: 'names no identity of a workload identity pool', mend: formOf(kind) };
  if (!/^\d{1,19}$/.test(project))
    return { fault: `names the project ${quote(project)}`, mend: 'Write its number: IAM takes no id there.' };
  if (!POOL_ID.test(pool))
    return { fault: `names the pool ${quote(pool)}, which none can be called`, mend: formOf(kind) };
  if (kind === 'principal' ? SUBJECT.test(who) : SET.test(who)) return undefined;
  const other = kind === 'principal' ? 'principalSet' : 'principal';
  if (SUBJECT.test(who) || SET.test(who))
    return { fault: `is written as a ${kind}`, mend: `Did you mean ${quote(`${other}:${rest}`, 300)}?` };
  return { fault: 'names no identity of the pool', mend: formOf(kind) };
}

function formOf(kind: string): string {
  return kind === 'principal'
    ? `Write principal:${POOL_FORM}/subject/SUBJECT.`
    : `Write principalSet:${POOL_FORM} and /group/ID, /attribute.NAME/VALUE or /*.`;
}
