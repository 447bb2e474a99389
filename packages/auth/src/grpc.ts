/**
 * Calls services that speak gRPC, with `@grpc/grpc-js`.
 *
 * @module
 */
export { type GrpcChannel, grpcChannel } from './grpc/channel.ts';
