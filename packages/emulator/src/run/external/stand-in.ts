import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What good containers answer without work, and count. */
const LIVE_PATH = '/health/live';

/**
 * Answers in place of a receiver that others own, and says so: whatever it is asked, 200 and JSON with how often
 * `/health/live` was asked for.
 */
export async function openStandIn(name: string, url: () => string): Promise<{ url: string; server: Server }> {
  let live = 0;
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '').split('?', 1);
    if (path === LIVE_PATH) live++;
    request.resume();
    const message = `This stands in for ${url()}, which others own. Name what runs in its place: --front ${name}=URL`;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ standIn: name, live, message }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
