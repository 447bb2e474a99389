import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import { BODY_LIMIT, readBytes } from './read-bytes.ts';

const unpack = promisify(gunzip);

/**
 * Reads bodies that were sent with `Content-Encoding: gzip`, as google-api-java-client sends each of them. What is
 * unpacked may be as large as other bodies, and no larger.
 * @see https://docs.cloud.google.com/java/docs/reference/google-api-client/latest/com.google.api.client.googleapis.services.AbstractGoogleClientRequest
 */
export function readCompressedBodies(app: FastifyInstance): void {
  app.addHook('preParsing', async (request, reply, body) => {
    const { 'content-encoding': encoding = 'identity' } = request.headers;
    if (encoding === 'identity') return body;
    if (!/^(?:x-)?gzip$/i.test(encoding))
      throw new GoogleError('INVALID_ARGUMENT', 'Content-Encoding: send gzip, or none.');
    const most = request.routeOptions.bodyLimit ?? BODY_LIMIT;
    const sent = await readBytes(body, reply, most);
    const plain = await unpack(sent, { maxOutputLength: most }).catch(() => {
      throw new GoogleError('INVALID_ARGUMENT', `The body is not packed by gzip, or holds more than ${most} bytes.`);
    });
    // A stream of one chunk that is empty never ends.
    const chunks = plain.length === 0 ? [] : [plain];
    return Object.assign(Readable.from(chunks, { objectMode: false }), { receivedEncodedLength: sent.length });
  });
}
