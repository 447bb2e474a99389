import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Received {
  readonly id: string;
  readonly key: string;
  readonly text: string;
  readonly attempt: number;
}

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** What it has acknowledged, in its order. */
  readonly received: readonly Received[];
  /** Nobody is reached at its port from now on. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** Resolves when all of these were acknowledged. */
  all(ids: ReadonlySet<string>): Promise<void>;
}

/** What wrapped messages are pushed to. It refuses some of them, whatever they are. @param refuses of each so many */
export async function startReceiver(refuses: number): Promise<Receiver> {
  const received: Received[] = [];
  const listeners = new Set<() => void>();
  let requests = 0;
  let server: Server;
  let port = 0;

  async function up(): Promise<void> {
    server = createServer(async (request, response) => {
      // Whoever is killed breaks off in the middle.
      const whole = await text(request).catch(() => undefined);
      if (whole === undefined) return response.destroy();
      // Whether it is there.
      if (request.method !== 'POST') return response.end();
      if (++requests % refuses === 0) return response.writeHead(503).end();
      const { message, deliveryAttempt = 0 } = JSON.parse(whole);
      received.push({
        id: message.messageId,
        key: message.orderingKey ?? '',
        text: Buffer.from(message.data, 'base64').toString(),
        attempt: deliveryAttempt,
      });
      for (const listener of listeners) listener();
      return response.writeHead(204).end();
    }).listen(port, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  }

  async function down(): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  await up();
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    up,
    down,
    all: (ids) =>
      new Promise((resolve) => {
        const look = () => {
          const there = new Set(received.map(({ id }) => id));
          if (![...ids].every((id) => there.has(id))) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
      }),
    [Symbol.asyncDispose]: down,
  };
}
