import type { CallerRequest } from '../caller-request.ts';
import { Http2Request } from './http2-request.ts';

/** `application/grpc`, with a message format or without; gRPC-Web is another protocol. */
const nativeGrpc = /^application\/grpc(?:$|[+;])/i;

/**
 * Whether a request is gRPC itself, which Cloud Run brings to the container in HTTP/2 whatever the service says.
 * @see https://docs.cloud.google.com/run/docs/configuring/http2
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests
 */
export function isGrpc(request: CallerRequest): boolean {
  return request instanceof Http2Request && nativeGrpc.test(request.headers['content-type'] ?? '');
}
