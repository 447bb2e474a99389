import type { IncomingMessage, ServerResponse } from 'node:http';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RawServerDefault,
} from 'fastify';
import { refuseUncleanText } from './clean-text.ts';
import { answerClientError } from './client-error.ts';
import { addHealth } from './health.ts';
import { logOptions, RequestLog, traceFields } from './log.ts';
import { answerError, type Problem, sendProblem, toProblem } from './problem.ts';
import type { SchemaTypes } from './schema-types.ts';
import { type Trace, traceOf } from './trace.ts';

/** A Fastify instance whose handlers are typed by their JSON Schemas. */
export type Service = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  SchemaTypes
>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Where this request stands in its trace; `trace.traceparent` is what the next hop is sent. */
    trace: Trace;
  }
}

export interface ServiceOptions {
  /** Name of the service, as in infra/edges.yaml. */
  name: string;
  /** Lowest level that is logged: trace, debug, info (default), warn, error, fatal or silent. */
  logLevel?: string;
  /** Where log lines go; stdout unless given. */
  logStream?: { write(line: string): void };
  /** Largest body in bytes. Default 65,536. */
  bodyLimit?: number;
  /** Milliseconds until a handler without an answer gets a 503. Default 20,000. */
  handlerTimeout?: number;
  /** Answers errors otherwise than by problem+json, with a page for instance. Not asked for URLs that cannot be routed. */
  renderProblem?: (
    problem: Problem,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => FastifyReply | Promise<FastifyReply>;
}

/** Builds a service that is a good Cloud Run container; the caller adds routes, `startService` listens. */
export function createService(options: ServiceOptions): Service {
  const render = options.renderProblem ?? ((problem, _request, reply) => sendProblem(problem, reply));
  let requests = 0;

  const app: Service = Fastify({
    logger: { ...logOptions(options.logLevel ?? 'info'), ...(options.logStream && { stream: options.logStream }) },
    logController: new RequestLog(),
    childLoggerFactory: (logger, _bindings, loggerOptions, raw) =>
      logger.child(traceFields(keptTrace(raw)), loggerOptions),
    // Called once for every request, whatever becomes of it: the number of the request is its id.
    genReqId: () => String(++requests),
    bodyLimit: options.bodyLimit ?? 65_536,
    handlerTimeout: options.handlerTimeout ?? 20_000,
    // The time to receive a request; without it a slow sender holds a connection for ever.
    requestTimeout: 30_000,
    // Longer than the 600 s after which Google's front end closes an idle connection, so that it never writes into a closed one.
    keepAliveTimeout: 620_000,
    // One hop is Google's (or the local gate); what stands further left in X-Forwarded-For is the sender's word.
    trustProxy: (_address, hop) => hop === 0,
    routerOptions: { maxParamLength: 200 },
    ajv: {
      // Nothing is dropped or converted in silence: an unknown field or a wrong type is a mistake to report.
      // The schemas are not checked against JSON Schema's own: that takes 20 ms at every start, and strict mode finds typos.
      customOptions: {
        removeAdditional: false,
        coerceTypes: false,
        allErrors: true,
        meta: false,
        validateSchema: false,
      },
    },
    clientErrorHandler: answerClientError,
    // Here nothing of the application is at hand (no plugin, no session): always the plain answer.
    frameworkErrors: (error, _request, reply) => {
      sendProblem(toProblem(error), reply as FastifyReply);
    },
  }).withTypeProvider<SchemaTypes>();

  app.decorateRequest('trace', {
    getter() {
      return keptTrace(this.raw);
    },
  });
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, render));
  app.setNotFoundHandler((request, reply) =>
    render({ title: 'Not Found', status: 404, detail: `There is no ${request.method} on this path.` }, request, reply),
  );
  closeConnectionsAsTheyIdle(app);
  refuseUncleanText(app);
  addHealth(app, options.name, () => requests);
  return app;
}

/** Node closes idle connections once, when closing begins; one that was busy then would stay for the keep-alive time. */
function closeConnectionsAsTheyIdle(app: Service): void {
  let timer: NodeJS.Timeout | undefined;
  app.addHook('preClose', async () => {
    timer = setInterval(() => app.server.closeIdleConnections(), 50);
  });
  app.addHook('onClose', async () => clearInterval(timer));
}

const traces = new WeakMap<IncomingMessage, Trace>();

/** One trace per request, also when it had to be made up. */
function keptTrace(raw: IncomingMessage): Trace {
  const known = traces.get(raw);
  if (known) return known;
  const trace = traceOf(raw.headers);
  traces.set(raw, trace);
  return trace;
}
