import {
  type ChannelCredentials,
  type ClientOptions,
  credentials,
  InterceptingCall,
  type Interceptor,
  Metadata,
  status,
} from '@grpc/grpc-js';
import { CallError } from '../errors.ts';
import { AUTHORIZATION, SERVERLESS_AUTHORIZATION } from '../headers.ts';
import { isLeftOut } from '../outbound/attach.ts';
import type { ServiceClient } from '../outbound/service-client.ts';

/** What a client of grpc-js is made with: `new Hello(channel.address, channel.credentials, channel.options)`. */
export interface GrpcChannel {
  /** Host and port of the receiver. */
  readonly address: string;
  /** TLS; none at an http URL, which is of loopback or of a host in `plainHttpHosts`. */
  readonly credentials: ChannelCredentials;
  /** What attaches the ID token to each call. */
  readonly options: ClientOptions;
}

/**
 * The channel of a receiver that speaks gRPC, each of whose calls carries the ID token: in Authorization, or as `header`
 * of the client says. Metadata of the call's own that holds `authorization` is left to the application. A token that is
 * answered with UNAUTHENTICATED is not used again. A call that gets none ends with the status that grpc-js has for that, and
 * the reason in its details; so does one on a channel to another host.
 *
 * @example
 * ```ts
 * import { Client } from '@grpc/grpc-js';
 * import { grpcChannel } from '@run-edges/auth/grpc';
 * import { createServiceClient } from '@run-edges/auth/outbound';
 *
 * const { address, credentials, options } = grpcChannel(createServiceClient({ url: 'https://search.example.run.app' }));
 * const search = new Client(address, credentials, options);
 * ```
 */
export function grpcChannel(client: ServiceClient): GrpcChannel {
  const { protocol, hostname, port } = new URL(client.origin);
  const secure = protocol === 'https:';
  return {
    address: `${hostname}:${port || (secure ? 443 : 80)}`,
    credentials: secure ? credentials.createSsl() : credentials.createInsecure(),
    options: { interceptors: [withToken(client)] },
  };
}

function withToken(client: ServiceClient): Interceptor {
  return (options, nextCall) => {
    let own: Record<string, string> = {};
    let token = '';
    const generator = credentials.createFromMetadataGenerator(({ service_url: at }, done) => {
      // The host that is called: without its port, and without the brackets of IPv6.
      const [, , host] = at.split('/');
      if (host !== new URL(client.origin).hostname.replace(/^\[|\]$/g, ''))
        return done(new CallError('RUN_AUTH_ORIGIN_REFUSED', `${host} is not the host of ${client.origin}.`));
      client.headers(own).then((headers) => {
        const metadata = new Metadata();
        for (const name of [AUTHORIZATION, SERVERLESS_AUTHORIZATION]) {
          if (own[name] !== undefined || headers[name] === undefined) continue;
          metadata.set(name, headers[name]);
          token = headers[name].slice('Bearer '.length);
        }
        done(null, metadata);
      }, done);
    });
    const call = nextCall({ ...options, credentials: options.credentials?.compose(generator) ?? generator });
    return new InterceptingCall(call, {
      start(metadata, _listener, next) {
        for (const name of Object.keys(metadata.getMap())) if (isLeftOut(name)) metadata.remove(name);
        own = textsOf(metadata);
        next(metadata, {
          onReceiveStatus(received, pass) {
            if (received.code === status.UNAUTHENTICATED) client.refused(token);
            pass(received);
          },
        });
      },
    });
  };
}

/** The first text of each name. */
function textsOf(metadata: Metadata): Record<string, string> {
  const texts = Object.entries(metadata.getMap()).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts);
}
