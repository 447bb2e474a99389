import { randomBytes } from 'node:crypto';
import { TargetError } from '../emulator-api.ts';
import { readText } from '../read-text.ts';
import type { RunningEdge } from './edge.ts';

export interface AskedRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly data: string | undefined;
}

export interface Answered {
  readonly status: number;
  readonly statusText: string;
  /** Set-Cookie is a list: its values cannot be put into one. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
  /** By which the decision on it is found. */
  readonly trace: string;
}

/** A gate gives a request five minutes. */
const TIMEOUT_MS = 310_000;

/** UTF-16 units. */
const LONGEST_BODY = 32 * 1024 * 1024;

/**
 * Sends a request through the receiver's gate as the caller. Where the request has an `Authorization` of its own, the token
 * goes into the other header that Cloud Run reads.
 * @throws TargetError where nothing answers
 * @see https://docs.cloud.google.com/run/docs/authenticating/service-to-service
 */
export async function send(edge: RunningEdge, { path, method, headers, data }: AskedRequest): Promise<Answered> {
  const sent = new Headers();
  if (data !== undefined) sent.set('content-type', isJson(data) ? 'application/json' : 'text/plain; charset=utf-8');
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  for (const name of given) sent.delete(name);
  for (const [name, value] of headers) sent.append(name, value);
  const token = await edge.token();
  if (token !== undefined)
    sent.set(given.has('authorization') ? 'x-serverless-authorization' : 'authorization', `Bearer ${token}`);
  const trace = randomBytes(16).toString('hex');
  sent.set('traceparent', `00-${trace}-${randomBytes(8).toString('hex')}-01`);
  const response = await fetch(new URL(path, edge.url), {
    method,
    headers: sent,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(data === undefined ? {} : { body: data }),
  }).catch((error: Error) => {
    const why = (error.cause as Error | undefined)?.message ?? error.message;
    throw new TargetError(`Nothing answers at ${edge.url} (${why}).`, 'Look at what runs there.');
  });
  const body = await readText(response, LONGEST_BODY);
  const { status, statusText, headers: answered } = response;
  const cookies = answered.getSetCookie();
  const all = { ...Object.fromEntries(answered), ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }) };
  return { status, statusText, headers: all, body, trace };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
