import { type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import type { LoggerOptions } from 'pino';
import type { Trace } from './trace.ts';

/** Headers and cookies that carry a credential: never in a log, wherever an object that holds them is logged. */
const SECRET_NAMES = ['authorization', 'x-serverless-authorization', 'proxy-authorization', 'cookie', 'set-cookie'];

// https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#logseverity
const SEVERITY: Record<string, string> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
};

/**
 * Pino options for JSON lines as Cloud Logging reads them from stdout:
 * https://cloud.google.com/logging/docs/structured-logging#special-payload-fields
 */
export function logOptions(level: string): LoggerOptions {
  return {
    level,
    base: null,
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ severity: SEVERITY[label] ?? 'DEFAULT' }) },
    redact: {
      paths: SECRET_NAMES.flatMap((name) => [
        `["${name}"]`,
        `headers["${name}"]`,
        `*["${name}"]`,
        `*.headers["${name}"]`,
      ]),
      censor: '[redacted]',
    },
    serializers: { err: errorEntry },
  };
}

/** The fields that tie a log line to its request: https://cloud.google.com/trace/docs/trace-log-integration */
export function traceFields(trace: Trace): Record<string, unknown> {
  const project = process.env.GOOGLE_CLOUD_PROJECT;
  return {
    'logging.googleapis.com/trace': project ? `projects/${project}/traces/${trace.traceId}` : trace.traceId,
    'logging.googleapis.com/spanId': trace.spanId,
    'logging.googleapis.com/trace_sampled': trace.sampled,
  };
}

/** One line for a request, when it is over, in Cloud Logging's `httpRequest` shape; probes only at debug level. */
export class RequestLog extends LogController {
  override incomingRequest(): void {}

  override routeNotFound(): void {}

  override requestCompleted(_error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    const path = pathOf(request.url);
    const status = reply.statusCode;
    const level = status >= 500 ? 'error' : path.startsWith('/health/') ? 'debug' : 'info';
    const httpRequest = {
      requestMethod: request.method,
      requestUrl: path,
      status,
      remoteIp: request.ip,
      latency: `${(reply.elapsedTime / 1000).toFixed(6)}s`,
    };
    request.log[level]({ httpRequest }, `${request.method} ${path} ${status}`);
  }
}

/** Queries carry what people look for and sometimes a token: logs and answers name the path alone. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

/** Known fields only: errors of HTTP clients carry the whole request, tokens included. */
function errorEntry(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' && { code }),
    stack: error.stack,
    ...(error.cause !== undefined && depth < 4 && { cause: errorEntry(error.cause, depth + 1) }),
  };
}
