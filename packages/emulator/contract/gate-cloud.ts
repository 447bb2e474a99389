import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { parseDeclaration } from '@run-edges/edges';
import { type Cloud, type Decision, type EmulatorOptions, startEmulator } from '../src/index.ts';

export interface GateCloud extends AsyncDisposable {
  readonly cloud: Cloud;
  url(service: string): string;
  /** `['Authorization', 'Bearer TOKEN']` of a caller for a receiver. */
  bearer(caller: string, receiver: string): Promise<string[]>;
  /** The newest decision. */
  newest(): Decision | undefined;
}

export interface GateCloudOptions extends Partial<Omit<EmulatorOptions, 'edges' | 'fronts'>> {
  /** YAML. Default: `open` is public, `closed` may be called by it alone. */
  readonly edges?: string;
  /** What every service does: an HTTP handler, or what it does with a bare connection. */
  readonly app?: RequestListener;
  readonly tcp?: (socket: Socket) => void;
  /** Any other server, which answers for every service. */
  readonly server?: Server;
}

const twoServices = 'services: { open: { public: true, calls: [closed] }, closed: {} }';

/** Gates before one app that stands for every service. */
export async function gateCloud({ edges, app, tcp, server: given, ...options }: GateCloudOptions): Promise<GateCloud> {
  const server = given ?? (tcp === undefined ? createHttpServer(app) : createTcpServer(tcp));
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const declaration = parseDeclaration(edges ?? twoServices, 'edges.yaml');
  const cloud = await startEmulator({
    edges: declaration,
    fronts: Object.fromEntries(declaration.services.map(({ name }) => [name, address])),
    ...options,
  });
  const url = (service: string) => cloud.service(service).url;
  return {
    cloud,
    url,
    bearer: async (caller, receiver) => ['Authorization', `Bearer ${await cloud.idToken(caller, url(receiver))}`],
    newest: () => cloud.decisions.list().at(-1),
    async [Symbol.asyncDispose]() {
      await cloud.stop();
      for (const socket of sockets) socket.destroy();
      (server as Partial<HttpServer>).closeAllConnections?.();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
