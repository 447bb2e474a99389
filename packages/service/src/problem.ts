import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

/** An error as RFC 9457 describes it. `type` is left out: it would be "about:blank" (section 4.2.1). */
export interface Problem {
  title: string;
  status: number;
  detail?: string;
  /** Stable name of the cause, for programs. */
  code?: string;
  /** What is wrong with the input, field by field, as JSON pointers (RFC 6901). */
  errors?: { field: string; detail: string }[];
}

// `import` from node:http would read all that it exports, WebSocket among it, and load 50 ms of code at start.
const { STATUS_CODES } = process.getBuiltinModule('node:http');

/** The name of a status, as in the registry of IANA. */
export function statusText(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}

const MAX_FIELD_ERRORS = 20;
/** Headers that an error may set on its answer; everything else that it carries stays inside. */
const ERROR_HEADERS = ['www-authenticate', 'retry-after', 'allow'];

/** What the sender may know of an error: everything about its own mistake, nothing about ours. */
export function toProblem(error: unknown): Problem {
  const { statusCode, code, message, validation, validationContext } = error as Partial<FastifyError>;
  const own = isSqliteOutage(error) ? 503 : 500;
  const status = statusCode !== undefined && statusCode >= 400 && statusCode <= 599 ? statusCode : own;
  const title = statusText(status);
  if (status >= 500) {
    return {
      title,
      status,
      detail: 'The service could not answer. Its log, under the trace of this request, says why.',
    };
  }
  // Why a credential was refused is for the log: the words may quote it, and help whoever is guessing.
  if (status === 401 || status === 403) return { title, status };
  if (validation) {
    const errors = validation.slice(0, MAX_FIELD_ERRORS).map((mistake) => ({
      field: `${validationContext ?? 'body'}${mistake.instancePath}${namedField(mistake.params)}`,
      detail: mistake.message ?? 'is not valid',
    }));
    return {
      title,
      status,
      detail: `The ${validationContext ?? 'request'} is not valid.`,
      code: 'INVALID_INPUT',
      errors,
    };
  }
  const { field } = error as { field?: unknown };
  const errors = typeof field === 'string' ? [{ field, detail: message ?? 'is not valid' }] : undefined;
  return { title, status, ...(message && { detail: message }), ...(code && { code }), ...(errors && { errors }) };
}

/** Primary result codes: busy, locked, out of memory, read-only, I/O error, full, cannot open. https://www.sqlite.org/rescode.html */
const SQLITE_OUTAGES = [5, 6, 7, 8, 10, 13, 14];

/** The database cannot do it just now, as a disk is full or somebody else writes: nobody's fault who asks. */
function isSqliteOutage(error: unknown): boolean {
  const { code, errcode } = error as { code?: string; errcode?: number };
  return code === 'ERR_SQLITE_ERROR' && errcode !== undefined && SQLITE_OUTAGES.includes(errcode & 0xff);
}

/** Ajv names a missing or unknown field beside the path of its parent. */
function namedField(params: Record<string, unknown> | undefined): string {
  const name = params?.missingProperty ?? params?.additionalProperty;
  return name === undefined ? '' : `/${String(name).slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/**
 * An error for input whose mistake no schema can state: 400, answered as Fastify's own are.
 * `pointer` is a JSON pointer (RFC 6901) within `where`.
 */
export function invalidInput(where: 'body' | 'querystring' | 'params', pointer: string, detail: string): Error {
  return Object.assign(new Error(`${where}${pointer} ${detail}`), {
    statusCode: 400,
    validation: [{ instancePath: pointer, message: detail }],
    validationContext: where,
  });
}

export function sendProblem(problem: Problem, reply: FastifyReply): FastifyReply {
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** Answers an error: logs what is ours to mend, tells the sender what is theirs. */
export function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  render: (problem: Problem, request: FastifyRequest, reply: FastifyReply) => FastifyReply | Promise<FastifyReply>,
): FastifyReply | Promise<FastifyReply> {
  const problem = toProblem(error);
  if (problem.status >= 500) request.log.error({ err: error }, 'request failed');
  else if (problem.status === 401 || problem.status === 403) request.log.warn({ err: error }, 'request denied');
  else request.log.debug({ err: error }, 'request refused');
  const headers = (error as { headers?: Record<string, unknown> } | null)?.headers ?? {};
  for (const name of ERROR_HEADERS) {
    if (typeof headers[name] === 'string') reply.header(name, headers[name]);
  }
  return render(problem, request, reply);
}
