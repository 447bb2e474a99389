// Tries gRPC's four kinds at an address with each token: prints what became of each, as JSON. At port 443 it speaks TLS.
import {
  type ClientDuplexStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { type Answer, talkClient } from './talk-client.ts';

const [address = '', good = '', foreign = '', streams = ''] = process.argv.slice(2);
const transport = address.endsWith(':443') ? credentials.createSsl() : credentials.createInsecure();
const client = talkClient(address, transport);
const words = ['one', 'two', 'three'];

function withToken(token: string): Metadata {
  const metadata = new Metadata();
  if (token !== '') metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

/** What came of a call: its value, or the name of its status. */
async function outcome<T>(call: Promise<T>): Promise<T | string> {
  return call.catch((error: ServiceError) => status[error.code] ?? error.message);
}

function one<Call>(make: (answer: Answer) => Call, use: (call: Call) => void = () => undefined): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    use(make((error, value = Buffer.alloc(0)) => (error === null ? resolve(value) : reject(error))));
  });
}

async function all(stream: AsyncIterable<Buffer>): Promise<string[]> {
  const parts: string[] = [];
  for await (const part of stream) parts.push(`${part}`);
  return parts;
}

function send(call: ClientWritableStream<Buffer> | ClientDuplexStream<Buffer, Buffer>): void {
  for (const word of words) call.write(Buffer.from(word));
  call.end();
}

async function kinds(token: string): Promise<object> {
  const metadata = withToken(token);
  const chat = client.Chat(metadata);
  const both = outcome(all(chat));
  send(chat);
  return {
    unary: await outcome(one((answer) => client.Echo(Buffer.from('hello'), metadata, answer)).then(String)),
    server: await outcome(all(client.Count(Buffer.from('3'), metadata))),
    client: await outcome(one((answer) => client.Join(metadata, answer), send).then(String)),
    both: await both,
  };
}

/** How many streams are answered while all are open. */
async function together(count: number): Promise<number> {
  const chats = Array.from({ length: count }, () => client.Chat(withToken(good)));
  const answers = chats.map(async (chat) => {
    chat.write(Buffer.from('hello'));
    await new Promise((resolve, reject) => chat.once('data', resolve).once('error', reject));
  });
  const settled = await Promise.allSettled(answers);
  for (const chat of chats) chat.end();
  await Promise.allSettled(chats.map((chat) => all(chat)));
  return settled.filter(({ status: became }) => became === 'fulfilled').length;
}

const metadata = withToken(good);
const wait = (options: { deadline?: number }, use?: (call: ClientUnaryCall) => void) =>
  outcome(one((answer) => client.Wait(Buffer.from(''), metadata, options, answer), use).then(String));
const large = () => one((answer) => client.Echo(Buffer.alloc(4 * 1024 * 1024, 'x'), metadata, answer));
const result = {
  good: await kinds(good),
  foreign: await kinds(foreign),
  none: await kinds(''),
  forged: await kinds('a.b.c'),
  trailers: await outcome(one((answer) => client.Fail(Buffer.from(''), metadata, answer)).then(String)),
  deadline: await wait({ deadline: Date.now() + 500 }),
  cancelled: await wait({}, (call) => setTimeout(() => call.cancel(), 300)),
  large: await outcome(large().then(({ length }) => length)),
  together: await together(Number(streams)),
};
client.close();
process.stdout.write(JSON.stringify(result));
