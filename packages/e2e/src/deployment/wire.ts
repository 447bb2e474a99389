import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The wire between gcloud and an emulator: what goes over it is seen, and it may break. */
export interface Wire extends AsyncDisposable {
  readonly url: string;
  /** Everything that was asked for, as `POST /v1/projects/p/...`, in order. */
  readonly calls: readonly string[];
  /**
   * Asked about each call that changes something, before the emulator hears of it and when it has answered; on `break`
   * the call goes no further.
   */
  onChange: ((call: string, at: 'asked' | 'answered', count: number) => 'break' | undefined) | undefined;
  /** From now on nothing goes through, until it is mended. */
  cut(): void;
  mend(): void;
}

/** Calls that read, for all that they are a POST. */
const reads =
  /:(getIamPolicy|getAncestry|testIamPermissions|generateAccessToken|generateIdToken|wait)\b|^\S+ \/(token|run-edges)\b/;

export function changes(call: string): boolean {
  return !call.startsWith('GET ') && !reads.test(call);
}

export async function startWire(target: string): Promise<Wire> {
  const { hostname, port } = new URL(target);
  const calls: string[] = [];
  let broken = false;
  let count = 0;
  const server = createServer((incoming, outgoing) => {
    if (broken) return incoming.socket.destroy();
    const { method = '', url = '', headers } = incoming;
    // gcloud's proxy asks for whole addresses.
    const call = `${method} ${url.replace(/^http:\/\/[^/]+/, '').replace(/\?.*/, '')}`;
    calls.push(call);
    const number = changes(call) ? ++count : 0;
    const breaks = (at: 'asked' | 'answered') => number > 0 && wire.onChange?.(call, at, number) === 'break';
    if (breaks('asked')) return incoming.socket.destroy();
    const onward = send({ hostname, port, method, path: url, headers }, (answer) => {
      if (breaks('answered')) return void incoming.socket.destroy();
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('error', () => {});
    return incoming.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const wire: Wire = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    onChange: undefined,
    cut() {
      broken = true;
      server.closeAllConnections();
    },
    mend() {
      broken = false;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
  return wire;
}
