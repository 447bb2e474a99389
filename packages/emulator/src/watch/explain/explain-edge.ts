import {
  ANONYMOUS,
  type Declaration,
  findCaller,
  findService,
  invokersOf,
  isFederated,
  matrix,
  serviceAccountEmail,
  type Verdict,
} from '@run-edges/edges';
import { conditional } from '../../iam/policies/iam.ts';
import { localProject, type Project, runAppHosts } from '../../identity/project.ts';
import { call, checkSettings, isRecord, type Kind, type Kinds, perhaps } from '../../internal/check-settings.ts';
import { acceptsAudience } from '../../run/gate/audience.ts';
import type { Mistake } from '../../run/gate/mistake.ts';
import { isEverybody, type ListedEdge, UNCHECKED } from '../routes/edge-routes.ts';
import { conditionFor, edgeFacts, verdictOf } from './edge-facts.ts';
import { mendFor } from './mends.ts';
import { reasonFor } from './reasons.ts';
import { tokenMistakes } from './token-mistakes.ts';

/** Why an edge is as it is, from the declaration, or from the policy that counts by now. */
export interface Explanation {
  readonly caller: string;
  readonly receiver: string;
  readonly verdict: Verdict;
  /** What the caller would get. */
  readonly status: 200 | 401 | 403;
  readonly reason: string;
  /** Who the caller is: an e-mail, or a member such as `group:support@example.com`; undefined for anonymous. */
  readonly identity: string | undefined;
  /** Who may call the receiver. */
  readonly invokers: readonly string[];
  /** What would turn the verdict round. */
  readonly mend: string;
  /** What an ID token for the receiver may name as its audience. */
  readonly audiences: readonly string[];
  /** What is wrong with the token that was given, the gravest first. */
  readonly mistakes: readonly Mistake[];
}

export interface ExplainOptions {
  readonly project?: Project;
  /** URLs of a service beside its run.app ones, for example its gate's here. The first is the audience to use. */
  readonly urlsOf?: (service: string) => readonly string[];
  /** Whom a running emulator lets in by now. What is not among them is explained as it is declared. */
  readonly edges?: readonly ListedEdge[];
  /** The calls that the declaration allows which the emulator has read, as `CALLER RECEIVER`; default: this one's. */
  readonly read?: readonly string[];
  /** Every member of the policies that may call the receiver by now; default: as declared. */
  readonly invokers?: readonly string[];
  /** Whether a binding of the receiver's policy has a condition by now. */
  readonly conditional?: boolean;
  /** E-mail of the account that a service runs as; default: as declared. */
  readonly emailOf?: (service: string) => string | undefined;
  /** A token that the caller would send. */
  readonly token?: string;
  /** Seconds since the epoch. */
  readonly now?: number;
}

const list: Kind = { fits: Array.isArray, said: 'a list' };

const kinds: Kinds & { readonly [Name in keyof Required<ExplainOptions>]: Kind } = {
  project: perhaps({ fits: isRecord, said: 'a project' }),
  urlsOf: perhaps(call),
  edges: perhaps(list),
  read: perhaps('texts'),
  invokers: perhaps('texts'),
  conditional: perhaps('flag'),
  emailOf: perhaps(call),
  token: perhaps({ fits: (value) => typeof value === 'string', said: 'a text' }),
  now: perhaps({ fits: Number.isFinite, said: 'seconds since the epoch' }),
};

/**
 * Answers without a call. @throws RangeError where an edge is neither declared nor among those that are given;
 * EmulatorError SETTING_INVALID
 */
export function explainEdge(
  declaration: Declaration,
  caller: string,
  receiver: string,
  options: ExplainOptions = {},
): Explanation {
  checkSettings({ ...options }, { kinds, what: 'option of explainEdge', code: 'SETTING_INVALID' });
  const { project = localProject, urlsOf = () => [], edges = [], token } = options;
  const { now = Math.floor(Date.now() / 1000) } = options;
  const isThis = (edge: { caller: string; receiver: string }) => edge.caller === caller && edge.receiver === receiver;
  const grantedBy = edges.find(isThis)?.by;
  const declared = matrix(declaration, { now: new Date(now * 1000) }).find(isThis);
  if (declared === undefined && grantedBy === undefined)
    throw new RangeError(`There is no edge ${caller} -> ${receiver}: one of the two is not declared.`);

  const facts = edgeFacts({
    declaration,
    project,
    caller,
    receiver,
    declared: declared ?? { expected: 'forbidden', reason: `${declaration.file} does not declare both` },
    known: declared !== undefined,
    conditional: options.conditional ?? (declared !== undefined && invokersOf(declaration, receiver).some(conditionOn)),
    read: options.read,
    edges,
    memberOf,
  });
  const expected = verdictOf(facts);
  const open = grantedBy === undefined ? facts.public : isEverybody(grantedBy);
  const mistakes = token === undefined ? [] : mistakesOf(token);
  const refusedToken = mistakes.length > 0 && !open;
  return {
    caller,
    receiver,
    verdict: refusedToken ? 'forbidden' : expected,
    status: refusedToken
      ? mistakes.every((mistake) => mistake.status === 403)
        ? 403
        : 401
      : expected === 'allowed'
        ? 200
        : 403,
    reason: reasonFor(facts),
    identity: identity(),
    invokers: invokers(),
    mend: mendFor(facts),
    audiences: [...originsOf(receiver), ...audiencesOf(receiver)],
    mistakes,
  };

  function invokers(): readonly string[] {
    if (grantedBy === UNCHECKED) return ['allUsers'];
    if (options.invokers !== undefined) return options.invokers;
    if (open) return ['allUsers'];
    return invokersOf(declaration, receiver).map((name) => conditional(memberOf(name), conditionOn(name)));
  }

  function conditionOn(name: string) {
    return conditionFor(declaration, name, receiver);
  }

  function identity(): string | undefined {
    if (caller === ANONYMOUS) return undefined;
    const { member } = findCaller(declaration, caller) ?? {};
    const own = memberOf(caller).replace(/^(?:serviceAccount|user):/, '');
    return member !== undefined && isFederated(member) ? `${own}, as which ${member} acts` : own;
  }

  /** How policies name a caller. */
  function memberOf(name: string): string {
    const { member, serviceAccount } = findCaller(declaration, name) ?? {};
    return member === undefined || serviceAccount !== undefined ? `serviceAccount:${emailOf(name)}` : member;
  }

  function emailOf(name: string): string | undefined {
    if (name === ANONYMOUS) return undefined;
    const running = options.emailOf?.(name);
    if (running !== undefined) return running;
    return serviceAccountEmail(findCaller(declaration, name)?.serviceAccount ?? name, project.id);
  }

  function externalOf(name: string) {
    return declaration.external?.find((one) => one.name === name);
  }

  function audiencesOf(name: string): readonly string[] {
    const { audience } = externalOf(name) ?? {};
    return audience === undefined ? (findService(declaration, name)?.audiences ?? []) : [audience];
  }

  function originsOf(name: string): string[] {
    if (externalOf(name) !== undefined) return [...urlsOf(name)];
    return [...urlsOf(name), ...runAppHosts(name, project).map((host) => `https://${host}`)];
  }

  function mistakesOf(given: string): Mistake[] {
    const customAudiences = audiencesOf(receiver);
    const others = declaration.services
      .filter(({ name }) => name !== receiver)
      .map(({ name }) => [name, originsOf(name)] as const);
    return tokenMistakes(given, {
      service: receiver,
      audience: originsOf(receiver)[0] ?? '',
      origins: originsOf(receiver),
      customAudiences,
      others: new Map(others),
      public: open,
      acceptsAudience: (audience) => acceptsAudience(audience, originsOf(receiver), customAudiences),
      now,
    });
  }
}
