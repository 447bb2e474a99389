import type { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** What a body may hold, unpacked as well as sent. Bytes. */
export const BODY_LIMIT: number = 1024 * 1024;

/** All of a body. @throws an error with the status 413 where it is larger than it may be */
export async function readBytes(body: Readable, reply: FastifyReply, most: number = BODY_LIMIT): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > most) {
      // What is still to come would be taken for the next request.
      reply.header('connection', 'close');
      throw Object.assign(new Error('Request body is too large'), { statusCode: 413 });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
