import {
  ANONYMOUS,
  type Declaration,
  findService,
  invokersOf,
  matrix,
  STRANGER,
  serviceAccountEmail,
  shellWord,
  type Verdict,
} from '@run-edges/edges';
import { isEverybody, type ListedEdge, UNCHECKED } from '../api/edge-routes.ts';
import { acceptsAudience } from '../gate/audience.ts';
import { localProject, type Project, runAppHosts } from '../identity/project.ts';
import { call, checkSettings, isRecord, type Kind, type Kinds, perhaps } from '../internal/check-settings.ts';
import type { Mistake } from './audience-mistake.ts';
import { tokenMistakes } from './token-mistakes.ts';

/** Why an edge is as it is, from the declaration, or from the policy that counts by now. */
export interface Explanation {
  readonly caller: string;
  readonly receiver: string;
  readonly verdict: Verdict;
  /** What the caller would get. */
  readonly status: 200 | 401 | 403;
  readonly reason: string;
  /** Who the caller is: an e-mail, or undefined for anonymous. */
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
  const undeclared = { expected: 'forbidden', reason: `${declaration.file} does not declare both` } as const;
  const cell = matrix(declaration).find(isThis) ?? (grantedBy === undefined ? undefined : undeclared);
  if (cell === undefined)
    throw new RangeError(`There is no edge ${caller} -> ${receiver}: one of the two is not declared.`);

  const expected = grantedBy === undefined ? cell.expected : grantedBy === null ? 'forbidden' : 'allowed';
  const changed = expected !== cell.expected;
  const open = grantedBy === undefined ? findService(declaration, receiver)?.public === true : isEverybody(grantedBy);
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
    reason: changed ? `${whatChanged()}; ${cell.reason}` : cell.reason,
    identity: emailOf(caller),
    invokers: invokers(),
    mend: mendFor(expected),
    audiences: [...originsOf(receiver), ...(findService(declaration, receiver)?.audiences ?? [])],
    mistakes,
  };

  function whatChanged(): string {
    if (grantedBy === UNCHECKED) return `${receiver} checks no invoker`;
    const now = grantedBy === null ? 'lets the caller in no more' : `lets ${grantedBy} in`;
    if (asRead())
      return `the emulator has read another declaration, and ${grantedBy === null ? 'does not let the caller in' : now}`;
    return `the policy was changed: it ${now}`;
  }

  /** Whether the policy is what the emulator's own declaration says, whatever this one does. */
  function asRead(): boolean {
    const declared = [`${caller} ${receiver}`, `${ANONYMOUS} ${receiver}`].some((call) => options.read?.includes(call));
    return options.read !== undefined && declared === (grantedBy !== null);
  }

  function invokers(): readonly string[] {
    if (grantedBy === UNCHECKED) return ['allUsers'];
    if (options.invokers !== undefined) return options.invokers;
    if (open) return ['allUsers'];
    return invokersOf(declaration, receiver).map((name) => `serviceAccount:${emailOf(name)}`);
  }

  function emailOf(name: string): string | undefined {
    if (name === ANONYMOUS) return undefined;
    const running = options.emailOf?.(name);
    if (running !== undefined) return running;
    return serviceAccountEmail(findService(declaration, name)?.serviceAccount ?? name, project.id);
  }

  function originsOf(name: string): string[] {
    return [...urlsOf(name), ...runAppHosts(name, project).map((host) => `https://${host}`)];
  }

  function mistakesOf(given: string): Mistake[] {
    const service = findService(declaration, receiver);
    const customAudiences = service?.audiences ?? [];
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

  function mendFor(verdict: Verdict): string {
    const command = (verb: string, member: string) =>
      `gcloud run services ${verb}-iam-policy-binding ${receiver} --region=${project.region} ${shellWord(`--member=${member}`)} --role=roles/run.invoker --project=${project.id}`;
    if (changed) {
      if (grantedBy === UNCHECKED)
        return `To forbid it: gcloud run services update ${receiver} --region=${project.region} --project=${project.id} --invoker-iam-check`;
      if (verdict === 'allowed') return `To forbid it: ${command('remove', `${grantedBy}`)}`;
      return `To allow it as declared: ${command('add', caller === ANONYMOUS ? 'allUsers' : `serviceAccount:${emailOf(caller)}`)}`;
    }
    if (verdict === 'allowed') {
      if (open)
        return `To forbid it, take "public: true" from ${receiver} in ${declaration.file}. On Cloud Run: ${command('remove', 'allUsers')}`;
      return `To forbid it, take ${receiver} from the calls of ${caller} in ${declaration.file}. On Cloud Run: ${command('remove', `serviceAccount:${emailOf(caller)}`)}`;
    }
    if (caller === ANONYMOUS)
      return `Send an ID token of a service that may call ${receiver}; or, to open it to everybody, write "public: true" under ${receiver} in ${declaration.file} (an organization may forbid allUsers: gcloud then only warns, and the answer stays 403).`;
    if (caller === STRANGER)
      return `Nothing: the stranger stands for everybody whom no edge names. Declare a service that shall call ${receiver}, with ${receiver} in its calls, in ${declaration.file}.`;
    const declare =
      caller === receiver || cell === undeclared
        ? ''
        : `To allow it, add ${receiver} to the calls of ${caller} in ${declaration.file}${edges.length > 0 ? ' and start again' : ''}. `;
    return `${declare}On Cloud Run: ${command('add', `serviceAccount:${emailOf(caller)}`)} (it counts after about 2 minutes, sometimes 7)`;
  }
}
