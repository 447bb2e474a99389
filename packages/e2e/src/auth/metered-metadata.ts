import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';
import { close, originOf } from './answering-cloud.ts';

export interface MeteredMetadata extends AsyncDisposable {
  /** `host:port`, for GCE_METADATA_HOST. */
  readonly host: string;
  /** The paths that were asked for, oldest first. */
  readonly asked: string[];
}

/** Stands before a metadata server and counts; a connection that the server cuts is cut here, too. */
export async function meteredMetadata(metadataHost: string): Promise<MeteredMetadata> {
  const [hostname = '', port = ''] = metadataHost.split(':');
  const asked: string[] = [];
  const server = createServer({ keepAlive: true }, (request, response) => {
    asked.push(request.url ?? '');
    const { method, headers, url: path } = request;
    const inner = forward({ hostname, port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    inner.on('error', () => response.destroy());
    response.on('close', () => inner.destroy());
    request.pipe(inner);
  }).listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  return { host: new URL(originOf(server)).host, asked, [Symbol.asyncDispose]: () => close(server) };
}
