import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends headers just as they are given, repeated ones included, which fetch would not. */
export function rawRequest(url: string, headers: readonly string[] = [], method = 'GET'): Promise<RawAnswer> {
  return send(url, url.slice(new URL(url).origin.length), headers, method);
}

/** The same from another process of this machine, several at once. */
export async function rawRequestsElsewhere(
  requests: readonly Parameters<typeof rawRequest>[],
): Promise<readonly RawAnswer[]> {
  const program = `import { rawRequest } from ${JSON.stringify(import.meta.url)};
    const answers = JSON.parse(process.argv[1]).map((request) => rawRequest(...request));
    console.log(JSON.stringify(await Promise.all(answers)));`;
  const args = ['--input-type=module', '--eval', program, JSON.stringify(requests)];
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout);
}

/** Asks a server for the URL of another, as a client asks its proxy. */
export function proxiedRequest(proxy: string, url: string, headers: readonly string[] = []): Promise<RawAnswer> {
  return send(proxy, url, ['Host', new URL(url).host, ...headers], 'GET');
}

async function send(url: string, path: string, headers: readonly string[], method: string): Promise<RawAnswer> {
  const { host, hostname, port } = new URL(url);
  const named = headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  const sent = request({
    hostname,
    port,
    path,
    method,
    agent: false,
    headers: [...(named ? [] : ['Host', host]), ...headers],
  });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}
