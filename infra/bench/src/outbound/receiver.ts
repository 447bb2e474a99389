import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '../processes/serve.ts';
import { OPEN } from './settings.ts';

const BODY = JSON.stringify({ id: 'ada', name: 'Ada Lovelace' });
const HEADERS = { 'content-type': 'application/json', 'content-length': BODY.length };

/** Does so little that the caller is what is measured. */
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const admitted = request.url === OPEN || request.headers.authorization?.startsWith('Bearer ey');
  response.writeHead(admitted ? 200 : 401, HEADERS).end(BODY);
});

const handlers = {
  open: async (): Promise<string> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
};
export type ReceiverHandlers = typeof handlers;

serve(handlers);
