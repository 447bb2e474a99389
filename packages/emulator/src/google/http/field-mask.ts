import type { FastifyInstance, FastifyRequest } from 'fastify';
import { snakeCase } from '../../internal/google-api/field-names.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';

/** What is asked for of an object: names, and what of each; `*` stands for every name. */
type Mask = Map<string, Mask | 'all'>;

const LONGEST = 4000;
const DEEPEST = 20;

/**
 * Answers hold what `fields=items(metadata/name),kind` asks for and no more. A mask that is none is refused before
 * anything is done.
 * @see https://docs.cloud.google.com/apis/docs/system-parameters
 */
export function answerInPart(app: FastifyInstance): void {
  app.addHook('preValidation', async (request) => {
    maskOf(request);
  });
  app.addHook('preSerialization', async (request, reply, payload: unknown) => {
    const mask = reply.statusCode < 400 ? maskOf(request) : undefined;
    return mask === undefined ? payload : partOf(payload, mask);
  });
}

function maskOf({ query, headers }: FastifyRequest): Mask | undefined {
  const { fields, $fields, '$.fields': dotted } = query as Record<string, unknown>;
  const text = [fields, $fields, dotted, headers['x-goog-fieldmask']].find((one) => one !== undefined && one !== '');
  return text === undefined ? undefined : readMask(`${text}`);
}

/** `a,b/c,d(e,f.g)` */
function readMask(text: string): Mask {
  const tokens = text.length > LONGEST ? [] : (text.match(/[\w@*$-]+|[,/.()]|\S/g) ?? []);
  let at = 0;
  const mask = readList(0);
  if (mask.size === 0 || at < tokens.length) throw noMask(text);
  return mask;

  function readList(depth: number): Mask {
    const list: Mask = new Map();
    readPath(list, depth);
    while (tokens[at] === ',') {
      at++;
      readPath(list, depth);
    }
    return list;
  }

  function readPath(into: Mask, depth: number): void {
    const name = tokens[at] ?? '';
    if (!/^[\w@*$-]+$/.test(name) || depth > DEEPEST) throw noMask(text);
    at++;
    const within = into.get(name) ?? new Map();
    if (tokens[at] === '/' || tokens[at] === '.') {
      at++;
      const deeper: Mask = new Map();
      readPath(deeper, depth + 1);
      into.set(name, both(within, deeper));
    } else if (tokens[at] === '(') {
      at++;
      const deeper = readList(depth + 1);
      if (tokens[at++] !== ')') throw noMask(text);
      into.set(name, both(within, deeper));
    } else into.set(name, 'all');
  }
}

function both(one: Mask | 'all', other: Mask | 'all'): Mask | 'all' {
  if (one === 'all' || other === 'all') return 'all';
  const union: Mask = new Map(one);
  for (const [name, deeper] of other) union.set(name, both(union.get(name) ?? new Map(), deeper));
  return union;
}

function partOf(value: unknown, mask: Mask | 'all'): unknown {
  if (mask === 'all' || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => partOf(one, mask));
  const rest = mask.get('*');
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, its]) => {
      const deeper = mask.get(name) ?? mask.get(snakeCase(name)) ?? rest;
      return deeper === undefined ? [] : [[name, partOf(its, deeper)]];
    }),
  );
}

function noMask(text: string): GoogleError {
  const field = text.slice(0, 200);
  return new GoogleError('INVALID_ARGUMENT', 'Request contains an invalid argument.', [
    {
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: [{ field, description: `Error expanding 'fields' parameter: '${field}' is no field mask.` }],
    },
  ]);
}
