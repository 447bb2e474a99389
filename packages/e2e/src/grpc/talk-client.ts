import type {
  ChannelCredentials,
  ClientDuplexStream,
  ClientReadableStream,
  ClientUnaryCall,
  ClientWritableStream,
  Metadata,
  ServiceError,
} from '@grpc/grpc-js';
import { Talk } from './service.ts';

export type Answer = (error: ServiceError | null, value?: Buffer) => void;
/** What grpc-js makes of the service, which has no types of its own. */
export interface TalkClient {
  Echo(sent: Buffer, metadata: Metadata, answer: Answer): ClientUnaryCall;
  Fail(sent: Buffer, metadata: Metadata, answer: Answer): ClientUnaryCall;
  Wait(sent: Buffer, metadata: Metadata, options: { deadline?: number }, answer: Answer): ClientUnaryCall;
  Count(sent: Buffer, metadata: Metadata): ClientReadableStream<Buffer>;
  Join(metadata: Metadata, answer: Answer): ClientWritableStream<Buffer>;
  Chat(metadata: Metadata): ClientDuplexStream<Buffer, Buffer>;
  close(): void;
}

/** @param address `HOST:PORT` */
export function talkClient(address: string, transport: ChannelCredentials): TalkClient {
  const limits = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
  return new Talk(address, transport, limits) as unknown as TalkClient;
}
