import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface HeldRequest {
  /** Sends the rest of the body, and gives the answer. */
  finish(): Promise<{ status: number | undefined; body: string }>;
}

/** Sends a request but for the second half of its body: who has received it must wait for that. */
export async function holdRequest(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<HeldRequest> {
  const length = Buffer.byteLength(body);
  const sent = request(url, { method, agent: false, headers: { ...headers, 'content-length': length } });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  // It is looked at when the request is finished.
  answered.catch(() => undefined);
  const half = Math.floor(body.length / 2);
  await new Promise<void>((resolve, reject) => {
    sent.on('error', reject);
    sent.write(body.slice(0, half), () => resolve());
  });
  return {
    async finish() {
      sent.end(body.slice(half));
      const [response] = await answered;
      return { status: response.statusCode, body: await text(response) };
    },
  };
}
