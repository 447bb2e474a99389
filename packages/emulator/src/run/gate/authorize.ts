import type { Grant } from '../../iam/policies/grants.ts';
import { INVOKER, saidOf } from '../../iam/policies/said-of-grant.ts';
import type { Accounts } from '../../identity/accounts/accounts.ts';
import type { ForeignAccounts } from '../../identity/accounts/foreign-accounts.ts';
import type { ProvenPrincipal } from '../../identity/principals.ts';
import { isGcloud } from '../../identity/tokens/user-credentials.ts';
import { type Caller, callerOf } from './caller.ts';
import type { Credential } from './credentials.ts';
import type { FrontEnd } from './front-end.ts';
import { checkIdToken, howToAsk, type Refused, refused, type TokenRules, wrongAudience } from './id-token-check.ts';
import type { IngressRule } from './ingress.ts';
import type { Verdict } from './verdict.ts';

export interface Receiver {
  readonly name: string;
  readonly frontEnd: () => FrontEnd;
  readonly tokenRules: TokenRules;
  /** The grant by which the principal (or, where undefined, anybody) may invoke this path; undefined: it may not. */
  readonly invokingGrant: (principal: ProvenPrincipal | undefined, path: string) => Grant | undefined;
}

export interface Directory {
  readonly accounts: Accounts;
  /** Accounts of other projects that are known here. */
  readonly elsewhere?: ForeignAccounts;
  /**
   * The caller with this e-mail, or the e-mail itself. Of several it says all: `editor or renderer`; and of a group or a
   * domain who came in for it: `support (ada@example.com, in group:support@example.com)`.
   */
  readonly callerName: (email: string) => string;
  /** What would let this member in: `serviceAccount:EMAIL` or `user:EMAIL`. */
  readonly wayIn: (receiver: string, member: string) => string;
}

/** What is decided by more than the receiver's own policy. */
export interface Readings {
  readonly ingress: IngressRule;
  /** Whether users who may not come in are told 404. */
  readonly hideFromUsers: boolean;
  /** The roles that a principal has on a service, whatever they are good for. */
  readonly rolesOf: (service: string, principal: ProvenPrincipal) => readonly string[];
  /** The grants by which it might invoke another path, or at another time. */
  readonly failingGrants: (service: string, principal: ProvenPrincipal, path: string) => readonly Grant[];
}

export interface Attempt {
  readonly credential: Credential;
  readonly path: string;
  /** The peer's IP address. */
  readonly address: string | undefined;
}

type Identity = { readonly ok: true; readonly caller: Caller; readonly audience: string } | Refused;

/** Decides whether a request may reach the receiver: ingress, then IAM. Whatever is not granted is refused. */
export function authorize(
  { credential, path, address }: Attempt,
  receiver: Receiver,
  directory: Directory,
  { ingress, hideFromUsers, rolesOf, failingGrants }: Readings,
): Verdict {
  const identity = credential.kind === 'bearer' ? identify(credential.token, receiver, directory) : undefined;
  const { name, tokenRules } = receiver;
  const frontEnd = receiver.frontEnd();
  const proven = identity?.ok === true ? identity : undefined;
  const ofProject = proven?.caller.kind === 'service account';
  if (!ingress(frontEnd.ingress, { address, ofProject }))
    return refusal(
      404,
      'ingress',
      `${name} takes ${frontEnd.ingress} traffic only, and ${address} is outside`,
      'Call it from a service of this project with its ID token, or set its ingress to "all".',
    );

  const accepted = proven === undefined || takes(receiver, proven) ? proven : undefined;
  const caller = accepted === undefined ? 'anonymous' : directory.callerName(accepted.caller.email);
  if (frontEnd.invokerIamDisabled) return openTo('iam-disabled', `${name} checks no invoker`, credential, caller);
  const everybodys = receiver.invokingGrant(undefined, path);
  if (everybodys !== undefined)
    return openTo('public', `allUsers may invoke ${name}${unlessPlain(everybodys)}`, credential, caller);

  const attach = () => `Send "Authorization: Bearer ID_TOKEN" with the audience ${tokenRules.audience}`;
  if (credential.kind === 'none') return refusal(403, 'no-credentials', 'the request carries no token', attach());
  if (credential.kind === 'several')
    return refusal(401, 'several-credentials', `there is more than one token in ${credential.header}`, 'Send one.');
  if (credential.kind === 'not-bearer' || identity === undefined)
    return refusal(
      401,
      'not-bearer',
      `${credential.header} is not "Bearer TOKEN"`,
      credential.header === 'authorization'
        ? `${attach()}, or leave Authorization to the app and send the ID token in X-Serverless-Authorization`
        : attach(),
    );
  if (!identity.ok) return refusal(401, identity.rule, identity.reason, identity.mend);
  if (accepted === undefined) {
    const { rule, reason, mend } = wrongAudience(identity.audience, tokenRules);
    return refusal(401, rule, reason, mend);
  }

  const { email, principal, kind } = accepted.caller;
  const grant = receiver.invokingGrant(principal, path);
  if (grant !== undefined) return admitted(receiver, { grant, email, caller, kind });
  const roles = rolesOf(name, principal);
  const held = roles.length === 0 ? '' : `, only ${roles.join(', ')}`;
  const failing = failingGrants(name, principal, path).length === 0 ? '' : `, which does not hold for ${path} now`;
  const refused = refusal(
    kind === 'user' && hideFromUsers ? 404 : 403,
    'not-an-invoker',
    `${email} has no role with run.routes.invoke on ${name}${held}${failing}`,
    directory.wayIn(name, principal.member),
    caller,
  );
  return { ...refused, kind };
}

interface Admitted {
  readonly grant: Grant;
  readonly email: string;
  readonly caller: string;
  readonly kind: Caller['kind'];
}

/** Nearly every request is let in by the same grant as the one before: its verdict is the same one, too. */
function admitted(receiver: Receiver, { grant, email, caller, kind }: Admitted): Verdict {
  const last = lastAdmitted.get(receiver);
  if (last?.grant === grant && last.email === email && last.verdict.caller === caller && last.verdict.kind === kind)
    return last.verdict;
  const among = /^(?:group|domain):/.test(grant.member) ? `, and ${email} is in it` : '';
  const verdict: Verdict = { refusal: 0, rule: 'invoker', reason: saidOf(grant) + among, mend: '', caller, kind };
  lastAdmitted.set(receiver, { grant, email, verdict });
  return verdict;
}

const lastAdmitted = new WeakMap<
  Receiver,
  { readonly grant: Grant; readonly email: string; readonly verdict: Verdict }
>();

/** By what, where it is not the invoker's role in the service's own policy. */
function unlessPlain(grant: Grant): string {
  const { role, resource, condition } = grant;
  return role === INVOKER && resource !== 'project' && condition === undefined ? '' : `: ${saidOf(grant)}`;
}

/** Who a token belongs to, whatever service it is meant for. */
function identify(token: string, { tokenRules }: Receiver, directory: Directory): Identity {
  const check = checkIdToken(token, tokenRules);
  if (!check.ok) return check;
  const { claims } = check;
  const caller = callerOf(claims, directory.accounts, directory.elsewhere);
  if (caller !== undefined) return { ok: true, caller, audience: claims.aud };
  if (!tokenRules.acceptsAudience(claims.aud) && !isGcloud(claims.aud)) return wrongAudience(claims.aud, tokenRules);
  const { email } = directory.accounts.byUniqueId(claims.sub) ?? {};
  if (email !== undefined)
    return refused('unknown-principal', `${email} is disabled`, `gcloud iam service-accounts enable ${email}`);
  return refused('unknown-principal', `no account has the unique id ${claims.sub}`, howToAsk(tokenRules));
}

/** Everybody may come in. Cloud Run takes the signature off X-Serverless-Authorization though nobody checked it. */
function openTo(rule: 'iam-disabled' | 'public', why: string, credential: Credential, caller: string): Verdict {
  if (credential.kind !== 'bearer' || credential.header !== 'x-serverless-authorization')
    return { refusal: 0, rule, reason: why, mend: '', caller };
  return {
    refusal: 0,
    rule,
    reason: `${why}; nobody verified the token in X-Serverless-Authorization, whose claims anybody can forge`,
    mend: 'Let the app verify a token in Authorization, which keeps its signature here, or make the service private.',
    caller,
  };
}

/** A service account's token names this service; a user's names gcloud, which asked for it. */
function takes({ tokenRules }: Receiver, { caller, audience }: { caller: Caller; audience: string }): boolean {
  return caller.kind === 'user' ? isGcloud(audience) : tokenRules.acceptsAudience(audience);
}

function refusal(status: 401 | 403 | 404, rule: Verdict['rule'], reason: string, mend: string, caller = 'anonymous') {
  return { refusal: status, rule, reason, mend, caller } as const;
}
