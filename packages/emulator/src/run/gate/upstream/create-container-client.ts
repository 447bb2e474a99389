import type { ContainerClient } from './container-client.ts';
import { createHttp1Client, type Http1Options } from './http1-client.ts';
import { createHttp2Client } from './http2-client.ts';

export interface ContainerClientOptions extends Http1Options {
  /** Whether the container takes HTTP/2 alone (`--use-http2`). */
  readonly http2: boolean;
}

/**
 * Speaks with a container as its service says, and gRPC always in HTTP/2.
 * @see https://docs.cloud.google.com/run/docs/configuring/http2
 */
export function createContainerClient({ http2, ...options }: ContainerClientOptions): ContainerClient {
  if (http2) return createHttp2Client(options);
  const plain = createHttp1Client(options);
  // Connects when it is needed.
  const framed = createHttp2Client(options);
  return {
    send: (request, handler) => (request.grpc ? framed : plain).send(request, handler),
    close() {
      plain.close();
      framed.close();
    },
  };
}
