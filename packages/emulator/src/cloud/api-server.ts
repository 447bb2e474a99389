import Fastify, { type FastifyInstance } from 'fastify';
import { noRoute } from '../google/http/call.ts';
import { readCompressedBodies } from '../google/http/compressed-bodies.ts';
import { refuseTunnels } from '../google/http/connect.ts';
import { answerInPart } from '../google/http/field-mask.ts';
import { readJsonAlone, readWhateverIsLikeJson } from '../google/http/json-bodies.ts';
import { readLongQueries, takeMeantMethod } from '../google/http/meant-method.ts';
import { originForm } from '../google/http/origin-form.ts';
import { BODY_LIMIT } from '../google/http/read-bytes.ts';
import { keepStrangersOut } from '../google/http/strangers.ts';
import { sendGoogleError } from '../internal/google-api/google-error.ts';
import type { IsOwnName } from '../internal/own-names.ts';
import { recordCalls } from '../watch/routes/call-log.ts';
import type { Face } from './faces.ts';

export interface ApiOptions {
  readonly isOwnName: IsOwnName;
  /** Google's endpoints. */
  readonly google: readonly Face[];
  /** Those of run-edges itself under `/run-edges/v1`, and the console. */
  readonly watching: readonly Face[];
}

/** One port for Google's endpoints, for run-edges' own API, and for the console. */
export async function createApiServer({ isOwnName, google, watching }: ApiOptions): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: 60_000,
    forceCloseConnections: true,
    rewriteUrl: (request) => {
      const url = originForm(request, isOwnName);
      takeMeantMethod(request, url);
      return url;
    },
    routerOptions: { maxParamLength: 500 },
    // What is sent is what is meant: nothing is made to fit, and nothing left out.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    frameworkErrors: (error, _request, reply) => sendGoogleError(error, reply),
  });
  app.setErrorHandler((error, _request, reply) => sendGoogleError(error, reply));
  readJsonAlone(app);
  keepStrangersOut(app, isOwnName);
  refuseTunnels(app.server);
  app.setNotFoundHandler((request, reply) => sendGoogleError(noRoute(request), reply));
  recordCalls(app);
  await app.register(async (app) => {
    readWhateverIsLikeJson(app);
    readCompressedBodies(app);
    readLongQueries(app);
    answerInPart(app);
    for (const face of google) await app.register(face);
  });
  for (const face of watching) await app.register(face);
  return app;
}
