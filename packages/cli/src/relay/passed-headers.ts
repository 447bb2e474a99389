import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

/** What holds for one connection. https://httpwg.org/specs/rfc9110.html#field.connection */
const OF_THE_CONNECTION = [
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** By which somebody says who they are: here the relay alone says it. */
const IDENTITY = ['authorization', 'x-serverless-authorization', 'cookie'];

/** The headers of a message that go on to its next hop. */
export function passedHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const dropped = new Set([...OF_THE_CONNECTION, ...named]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}

/** Those of a request of somebody who sends no token of theirs. */
export function requestHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const passed = passedHeaders(headers);
  for (const name of [...IDENTITY, 'host']) delete passed[name];
  return passed;
}
