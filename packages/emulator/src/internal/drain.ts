import { once } from 'node:events';
import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** Takes no more connections, and lets the requests under way finish: so many milliseconds, then they are cut. */
export async function drain(servers: readonly Server[], grace: number): Promise<void> {
  const listening = servers.filter((server) => server.listening);
  const closed = Promise.all(listening.map((server) => once(server, 'close')));
  for (const server of listening) server.close();
  // Node closes what is idle once, at the call; what was busy then would stay for the keep-alive time.
  const timer = setInterval(() => {
    for (const server of listening) server.closeIdleConnections();
  }, 50);
  const waiting = new AbortController();
  await Promise.race([closed, delay(grace, undefined, { signal: waiting.signal }).catch(() => undefined)]);
  waiting.abort();
  clearInterval(timer);
  for (const server of listening) server.closeAllConnections();
}
