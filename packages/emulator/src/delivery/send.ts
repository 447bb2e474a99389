import { randomBytes } from 'node:crypto';
import { Agent, request } from 'undici';
import type { Accounts, ServiceAccount } from '../identity/accounts/accounts.ts';
import { isActive } from '../identity/accounts/accounts.ts';
import type { KeyRing } from '../identity/keys/key-ring.ts';
import { mintIdToken } from '../identity/tokens/tokens.ts';
import type { Decision, Decisions } from '../run/gate/decision.ts';
import type { FindGate } from './gates.ts';
import type { Outcome, Outgoing } from './task.ts';

export interface SendOptions {
  readonly findGate: FindGate;
  readonly keys: KeyRing;
  readonly accounts: Pick<Accounts, 'byEmail'>;
  readonly decisions: Decisions;
  /** What somebody with this e-mail is called. */
  readonly callerName: (email: string) => string;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

export interface Sending {
  send(outgoing: Outgoing, signal: AbortSignal): Promise<Outcome>;
  close(): Promise<void>;
}

/** An answer is read so far, and no more is made of it than its status. Bytes. */
const MOST_READ = 64 * 1024;
/** Seconds that a token of an hour is sent along. */
const KEPT_S = 1800;
const MOST_TOKENS = 1000;
/** Senders wait longer for nobody. Milliseconds. */
const CONNECT_MS = 10_000;

/** Sends to gates as everybody does: each decides by the token that goes along. */
export function createSending(options: SendOptions): Sending {
  const { findGate, keys, accounts, decisions, callerName, now } = options;
  const agent = new Agent({
    connections: 256,
    pipelining: 1,
    connect: { timeout: CONNECT_MS },
    keepAliveTimeout: 4000,
  });
  const tokens = new Map<string, { readonly issuedAt: number; readonly token: Promise<string> }>();
  return { send, close: () => agent.destroy() };

  async function send(outgoing: Outgoing, signal: AbortSignal): Promise<Outcome> {
    const trace = randomBytes(16).toString('hex');
    const gate = findGate(outgoing.url);
    if (gate === undefined) return refused(outgoing, trace, 'not-played', NOTHING_OUTSIDE, REACH);
    const authorization = await tokenFor(outgoing);
    if (authorization === undefined) {
      const reason = `there is no service account ${outgoing.oidc?.serviceAccountEmail}, or it is disabled: no token was made`;
      return refused(outgoing, trace, 'unknown-principal', reason, 'Create it, enable it, or name another one.');
    }
    // A signal of AbortSignal.any would live as long as its timer, a token and a body with it.
    const breaking = new AbortController();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      breaking.abort();
    }, outgoing.deadline);
    const stop = () => breaking.abort();
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    try {
      const { statusCode, headers, body } = await request(gate.origin + gate.path, {
        dispatcher: agent,
        method: outgoing.method as 'POST',
        headers: {
          ...outgoing.headers,
          ...authorization,
          host: gate.host,
          traceparent: `00-${trace}-${randomBytes(8).toString('hex')}-01`,
        },
        body: outgoing.body ?? null,
        headersTimeout: 0,
        bodyTimeout: 0,
        signal: breaking.signal,
      });
      await body.dump({ limit: MOST_READ }).catch(() => undefined);
      // An answer that does not end in time is none.
      if (late) throw new Error('late');
      return { status: statusCode, reason: '', trace, retryAfter: retryAfter(headers['retry-after']) };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const reason = late ? `no answer within ${outgoing.deadline / 1000} s` : `${gate.receiver}: ${code ?? message}`;
      // Google's senders take silence for 504.
      return { status: late ? 504 : 0, reason, trace, retryAfter: undefined };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }

  /** Undefined where there is none to be had. */
  async function tokenFor({ oidc }: Outgoing): Promise<{ authorization?: string } | undefined> {
    if (oidc === undefined) return {};
    const account = accounts.byEmail(oidc.serviceAccountEmail);
    if (account === undefined || !isActive(account)) return undefined;
    return { authorization: `Bearer ${await tokenOf(account, oidc.audience)}` };
  }

  /** As at Google, one goes along with many messages: to sign takes longer than all the rest of a delivery. */
  function tokenOf(account: ServiceAccount, audience: string): Promise<string> {
    const issuedAt = now();
    const id = JSON.stringify([keys.current().kid, account.uniqueId, account.email, audience]);
    const known = tokens.get(id);
    if (known !== undefined && issuedAt >= known.issuedAt && issuedAt < known.issuedAt + KEPT_S) return known.token;
    if (tokens.size >= MOST_TOKENS) tokens.clear();
    const token = mintIdToken(keys, { account, audience, email: true, issuedAt });
    tokens.set(id, { issuedAt, token });
    return token;
  }

  /** No gate was asked, and so none tells of it. */
  function refused(outgoing: Outgoing, trace: string, rule: Decision['rule'], reason: string, mend: string): Outcome {
    const target = URL.parse(outgoing.url);
    decisions.add({
      time: new Date(now() * 1000).toISOString(),
      caller: outgoing.oidc === undefined ? 'anonymous' : callerName(outgoing.oidc.serviceAccountEmail),
      receiver: target?.host ?? '',
      method: outgoing.method,
      path: target?.pathname ?? '',
      status: 403,
      rule,
      reason,
      mend,
      log: '',
      trace,
    });
    return { status: 0, reason, trace, retryAfter: undefined };
  }
}

const NOTHING_OUTSIDE =
  'nothing outside is called from here: the URL is none of a service or an external receiver of this cloud';
const REACH = 'Name the URL of a service as Cloud Run or the emulator has it; or declare the receiver under external.';

/** Seconds, in milliseconds; a date is not waited for. */
function retryAfter(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}

/** What a sender's request never takes over from who asks for it: the connection's own, and what says who calls. */
const KEPT: ReadonlySet<string> = new Set(
  'host connection content-length transfer-encoding te trailer upgrade keep-alive proxy-authorization proxy-connection expect traceparent x-serverless-authorization forwarded x-forwarded-for x-forwarded-proto x-forwarded-host'.split(
    ' ',
  ),
);

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]{1,256}$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers that somebody asked for, by lower-case names: those that may be sent. */
export function sendableHeaders(asked: Readonly<Record<string, unknown>>): Record<string, string> {
  const sent: Record<string, string> = {};
  for (const [key, value] of Object.entries(asked)) {
    const name = key.toLowerCase();
    if (typeof value !== 'string' || KEPT.has(name) || name === '__proto__') continue;
    if (NAME.test(name) && VALUE.test(value)) sent[name] = value;
  }
  return sent;
}
