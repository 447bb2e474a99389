import type { Decision } from '../run/gate/decision.ts';
import type { Rule } from '../run/gate/rules.ts';
import { traceOf } from '../run/gate/trace.ts';
import type { Impostor } from '../run/runtime/isolation.ts';
import { isMetadataServer } from './names.ts';

const PLAYED = /\.run\.app$|\.googleapis\.com$|^accounts\.google\.com$/;

/** What a request asks the proxy for. */
export interface Asked {
  readonly method: string;
  /** Empty where none can be read. */
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly traceparent: string | undefined;
}

/** What who asks is told. */
export interface Refusal {
  readonly status: 400 | 403;
  readonly text: string;
}

/** A refusal, as it is told and as it is recorded. */
export interface Refused {
  readonly refusal: Refusal;
  readonly decision: Decision;
}

interface Why {
  readonly rule: Rule;
  readonly reason: string;
  readonly mend: string;
}

/** @param caller whose proxy it is */
export function refuseAsked(asked: Asked, caller: string, hosts: readonly string[]): Refused {
  const status = asked.host === '' ? 400 : 403;
  const why = whyNot(asked, hosts);
  return { refusal: refusal(status, why), decision: decision({ ...asked, caller, receiver: asked.host, status }, why) };
}

/** A host that a service's program names in its handshake, and that nobody is here. @param host empty: it names none */
export function refuseName(host: string, caller: string, hosts: readonly string[]): Decision {
  const why = isPlayed(host)
    ? whyNot({ host, port: 443 }, hosts)
    : ({
        rule: host === '' ? 'malformed-request' : 'not-played',
        reason:
          host === ''
            ? 'the client names no host in its TLS handshake (SNI), so that nobody knows for whom it is'
            : `${host} is none of this cloud’s host names, and there is no certificate for it`,
        mend: 'Ask by the name: https://SERVICE-NUMBER.REGION.run.app, or one of Google’s API hosts.',
      } as const);
  return decision({ caller, receiver: host, status: host === '' ? 400 : 403 }, why);
}

/** Who asks at another's proxy. @param name whose it is */
export function refuseImpostor({ caller, mend }: Impostor, name: string): Refused {
  const reason = `what asks is no process of ${name}, for whom this proxy is`;
  const why = { rule: 'not-its-identity', reason, mend } as const;
  const receiver = `${name}’s proxy`;
  return { refusal: refusal(403, why), decision: decision({ caller, receiver, status: 403 }, why) };
}

/** A client that ended the handshake. @param mend how it would trust */
export function refuseUntrusted(host: string, caller: string, mend: string): Decision {
  const why = {
    rule: 'not-trusted',
    reason: 'the program does not trust the authority of this emulator',
    mend,
  } as const;
  return decision({ caller, receiver: host, status: 499 }, why);
}

function refusal(status: Refusal['status'], { reason, mend }: Why): Refusal {
  return { status, text: `run-edges: ${reason}. ${mend}\n` };
}

type Judged = Pick<Decision, 'caller' | 'receiver' | 'status'> &
  Partial<Pick<Asked, 'method' | 'path' | 'traceparent'>>;

function decision(
  { caller, receiver, status, method = 'CONNECT', path = '', traceparent }: Judged,
  why: Why,
): Decision {
  const { id } = traceOf(traceparent);
  return { time: new Date().toISOString(), caller, receiver, method, path, status, ...why, log: '', trace: id };
}

/** Whether a name is one that production addresses have, whoever is there. */
function isPlayed(host: string): boolean {
  return isMetadataServer(host) || PLAYED.test(host);
}

function whyNot({ host, port }: Pick<Asked, 'host' | 'port'>, hosts: readonly string[]): Why {
  if (host === '')
    return {
      rule: 'malformed-request',
      reason: 'this is a proxy for production addresses, and the request names no address of one host',
      mend: 'Set HTTPS_PROXY to it, and ask for an https address; run-edges env has it all.',
    };
  if (isMetadataServer(host))
    return {
      rule: 'not-played',
      reason: `a metadata server is at http://metadata.google.internal alone, and the developer has none`,
      mend: 'Be a service: run-edges env SERVICE.',
    };
  if (host.endsWith('.run.app') && port === 443)
    return {
      rule: 'not-played',
      reason: `no service that is deployed here has the host name ${host}`,
      mend: hosts.length === 0 ? 'Nothing is deployed.' : `There are ${hosts.join(', ')}.`,
    };
  if (PLAYED.test(host))
    return {
      rule: 'not-played',
      reason: `${host} answers by https on port 443 alone`,
      mend: `Ask for https://${host}.`,
    };
  return {
    rule: 'not-played',
    reason: `${host} is none of this cloud’s host names, and nothing else is asked from here`,
    mend: 'Put it into NO_PROXY where the program may ask it directly; what is public is led to with --pass-through (in code: passThrough), by https.',
  };
}
