import { request as http1Request } from 'node:http';
import { connect } from 'node:http2';

/** What of an answer counts. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Name and value, as often as they are to be sent. */
export type SentHeader = readonly [name: string, value: string];

export interface Question {
  readonly origin: string;
  readonly http2?: boolean;
  readonly path: string;
  readonly method?: string;
  readonly headers?: readonly SentHeader[];
}

/** Sends a request on a connection of its own, with headers as they are given: repeated ones, too. */
export function ask({ http2 = false, ...question }: Question): Promise<Answer> {
  return http2 ? ask2(question) : ask1(question);
}

function ask1({ origin, path, method = 'GET', headers = [] }: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // A list is sent as it is.
    const flat = ['host', new URL(origin).host, ...headers.flat()];
    const request = http1Request(new URL(path, origin), { method, headers: flat, agent: false }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() });
    });
    request.on('error', reject).end();
  });
}

function ask2({ origin, path, method = 'GET', headers = [] }: Question): Promise<Answer> {
  const session = connect(origin, { strictSingleValueFields: false } as object);
  const sent: Record<string, string[]> = {};
  for (const [name, value] of headers) sent[name.toLowerCase()] = [...(sent[name.toLowerCase()] ?? []), value];
  return new Promise<Answer>((resolve, reject) => {
    session.on('error', reject);
    const stream = session.request({ ':path': path, ':method': method, ...sent });
    let answer: Record<string, unknown> = {};
    let body = '';
    stream.setEncoding('utf8');
    stream.on('response', (seen) => {
      answer = seen;
    });
    stream.on('data', (chunk: string) => {
      body += chunk;
    });
    stream.on('end', () => resolve({ status: Number(answer[':status']), headers: answer, body }));
    stream.on('error', reject).end();
  }).finally(() => session.close());
}
