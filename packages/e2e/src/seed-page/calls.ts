import { decodeJwt } from 'jose';
import { expect } from 'vitest';
import type { Output } from '../real-clients/run-program.ts';
import type { Env, Reached, Reader } from './reader.ts';

/** What came of a call: the status, and what reached the container where it was let in. */
export interface Called {
  readonly status: number;
  readonly reached?: Reached;
}

/** Calls by curl, as a reader tries a service. @param headers such as `Authorization: Bearer x` */
export async function curl(
  reader: Reader,
  url: string,
  { headers = [], env }: { headers?: readonly string[]; env: Env },
): Promise<Called> {
  const options = headers.map((_, index) => `-H "$HEADER_${index}"`).join(' ');
  const variables = Object.fromEntries(headers.map((header, index) => [`HEADER_${index}`, header]));
  const { stdout } = await reader.bash(`curl -sS -w '\\n%{http_code}' ${options} "$URL"`, {
    ...env,
    ...variables,
    URL: url,
  });
  const at = stdout.lastIndexOf('\n');
  return called(Number(stdout.slice(at + 1)), stdout.slice(0, at));
}

/** What a program of docs/how-to/clients prints: the status and the body. */
export function printed({ code, stdout, stderr }: Output): Called {
  expect(code, stderr).toBe(0);
  const [status = '', ...body] = stdout.split(' ');
  return called(Number(status), body.join(' '));
}

function called(status: number, body: string): Called {
  return status === 200 ? { status, reached: JSON.parse(body) } : { status };
}

/** The claims of the token that a container received. */
export function claimsIn({ reached }: Called, header = 'authorization'): Record<string, unknown> {
  return decodeJwt(String(reached?.headers[header]).replace(/^bearer +/i, ''));
}

/** login is let in by user-profiles, which receives its token whole, and not by search, which is not reached. */
export async function expectLogin(
  reader: Reader,
  call: (url: string, audience: string) => Promise<Called>,
): Promise<void> {
  const receiver = reader.urlOf('user-profiles');
  const allowed = await call(`${receiver}/people/ada?full=1`, receiver);
  expect(allowed).toMatchObject({ status: 200, reached: { service: 'user-profiles', path: '/people/ada?full=1' } });
  expect(claimsIn(allowed).aud).toBe(receiver);
  const last = () => reader.cloud.decisions.list().at(-1);
  expect(last()).toMatchObject({ receiver: 'user-profiles', rule: 'invoker', caller: 'login' });
  const search = reader.urlOf('search');
  expect(await call(`${search}/`, search)).toEqual({ status: 403 });
  expect(last()).toMatchObject({ receiver: 'search', rule: 'not-an-invoker', caller: 'login' });
}

/** An ID token in either header, and in both: only X-Serverless-Authorization is checked. */
export async function expectEitherHeader(reader: Reader, token: string, env: Env): Promise<void> {
  const url = reader.urlOf('user-profiles');
  const status = async (...headers: string[]) => (await curl(reader, url, { headers, env })).status;
  const good = `Bearer ${token}`;
  const bad = `Bearer ${token.slice(0, -8)}AAAAAAAA`;
  expect(await status(`Authorization: ${good}`)).toBe(200);
  expect(await status(`X-Serverless-Authorization: ${good}`)).toBe(200);
  expect(await status(`Authorization: ${good}`, `X-Serverless-Authorization: ${good}`)).toBe(200);
  expect(await status(`Authorization: ${bad}`, `X-Serverless-Authorization: ${good}`)).toBe(200);
  expect(await status(`Authorization: ${good}`, `X-Serverless-Authorization: ${bad}`)).toBe(401);
}
