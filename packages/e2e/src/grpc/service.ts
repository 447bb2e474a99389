import {
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  makeGenericClientConstructor,
  Server,
  ServerCredentials,
  type ServiceClientConstructor,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js';

const bytes = {
  requestSerialize: (value: Buffer) => value,
  requestDeserialize: (value: Buffer) => value,
  responseSerialize: (value: Buffer) => value,
  responseDeserialize: (value: Buffer) => value,
};
const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
  path: `/demo.Talk/${name}`,
  requestStream,
  responseStream,
  ...bytes,
});

/** gRPC's four kinds, of bytes. */
const definition = {
  Echo: method('Echo', false, false),
  Fail: method('Fail', false, false),
  Wait: method('Wait', false, false),
  Count: method('Count', false, true),
  Join: method('Join', true, false),
  Chat: method('Chat', true, true),
} satisfies ServiceDefinition;

export const Talk: ServiceClientConstructor = makeGenericClientConstructor(definition, 'demo.Talk');

/** A service of gRPC that knows nothing of tokens. */
export interface TalkService extends AsyncDisposable {
  readonly url: string;
  /** Calls that reached it. */
  calls(): number;
  /** Resolves when so many calls of Wait, or of Chat, were cancelled. */
  cancelled(count: number): Promise<void>;
  /** The most calls of Chat that were open at once. */
  most(): number;
  /** The metadata of the last call. */
  metadata(): Metadata;
}

export async function startTalkService(): Promise<TalkService> {
  let calls = 0;
  let open = 0;
  let most = 0;
  let cancels = 0;
  let metadata = new Metadata();
  const waiting = new Set<() => void>();
  const came = (call: { readonly metadata: Metadata; on(event: 'cancelled', listener: () => void): unknown }) => {
    calls++;
    metadata = call.metadata;
    call.on('cancelled', () => {
      cancels++;
      for (const look of waiting) look();
    });
  };
  const Echo: handleUnaryCall<Buffer, Buffer> = (call, answer) => {
    came(call);
    const first = new Metadata();
    first.set('x-first', 'of the head');
    first.set('x-bytes-bin', Buffer.from([0, 255]));
    call.sendMetadata(first);
    const last = new Metadata();
    last.set('x-last', 'of the trailers');
    answer(null, call.request, last);
  };
  const Fail: handleUnaryCall<Buffer, Buffer> = (call, answer) => {
    came(call);
    const last = new Metadata();
    last.set('x-last', 'of the trailers alone');
    answer({ code: status.FAILED_PRECONDITION, details: 'not before noon: 100 % sure', metadata: last });
  };
  const Wait: handleUnaryCall<Buffer, Buffer> = (call) => came(call);
  const Count: handleServerStreamingCall<Buffer, Buffer> = (call) => {
    came(call);
    for (let index = 1; index <= Number(call.request); index++) call.write(Buffer.from(`${index}`));
    call.end();
  };
  const Join: handleClientStreamingCall<Buffer, Buffer> = (call, answer) => {
    came(call);
    const parts: Buffer[] = [];
    call.on('data', (part: Buffer) => parts.push(part));
    call.on('end', () => answer(null, Buffer.concat(parts)));
  };
  const Chat: handleBidiStreamingCall<Buffer, Buffer> = (call) => {
    came(call);
    most = Math.max(most, ++open);
    call.on('data', (part: Buffer) => call.write(part));
    call.on('end', () => {
      open--;
      call.end();
    });
  };
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  server.addService(definition, { Echo, Fail, Wait, Count, Join, Chat });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return {
    url: `http://127.0.0.1:${port}`,
    calls: () => calls,
    most: () => most,
    metadata: () => metadata,
    cancelled: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (cancels < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
    },
  };
}
