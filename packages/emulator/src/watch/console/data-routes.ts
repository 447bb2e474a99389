import type { Declaration } from '@run-edges/edges';
import type { FastifyInstance } from 'fastify';
import type { Iam } from '../../iam/policies/iam.ts';
import type { KeyRing } from '../../identity/keys/key-ring.ts';
import type { Project } from '../../identity/project.ts';
import { derived } from '../../internal/derived.ts';
import type { Verdict } from '../../run/gate/verdict.ts';
import { createTokenVerifier } from '../../run/gate/verified-tokens.ts';
import type { KnownCallers } from '../callers/known-callers.ts';
import { type Explanation, explainEdge } from '../explain/explain-edge.ts';
import { type EdgeSources, edgesNow, hasConditions, invokersNow } from '../routes/edge-routes.ts';
import type { Listed } from '../routes/service-routes.ts';
import { about, type CallGraph, callGraph, type Kind, kindsOf } from './call-graph.ts';
import { inspectToken, type PastedToken } from './inspect-token.ts';
import { layout, type Picture } from './layout.ts';

export interface ConsoleDataOptions {
  readonly declaration: () => Declaration;
  readonly project: Project;
  readonly iam: Iam;
  readonly keys: KeyRing;
  readonly listed: Listed;
  readonly known: KnownCallers;
  readonly external: EdgeSources['external'];
  readonly now: () => number;
  /** What the gate of each service that is deployed says to a token from this address. */
  readonly judge: (given: PastedToken, address: string) => readonly (readonly [receiver: string, verdict: Verdict])[];
}

/** What `GET /run-edges/v1/graph` answers. */
export interface DrawnGraph extends Picture {
  /** Of every caller and receiver that is no service, by name. */
  readonly kinds: Readonly<Record<string, Kind>>;
}

/** Pictures that pages look at: of the whole, and of its parts. */
const PICTURES_KEPT = 16;
const LONGEST_NAME = 100;

/**
 * `GET /run-edges/v1/graph`: who may call whom, placed as a picture; `?about=` has the part about a name, or about those
 * that hold a text. `GET /run-edges/v1/explanations?caller=&receiver=`:
 * why one may call another by now. `POST /run-edges/v1/tokens/inspect`: what a token says, and what each gate would say.
 */
export async function consoleDataRoutes(app: FastifyInstance, options: ConsoleDataOptions): Promise<void> {
  const { declaration, judge } = options;
  const verifier = createTokenVerifier(options.keys).forgetful;

  const kinds = derived(declaration, kindsOf);

  // To place many services takes the time of many requests, and the page asks every few seconds.
  const placed = new Map<string, Picture>();
  const pictureOf = (graph: CallGraph): Picture => {
    const text = JSON.stringify([graph, ...kinds()]);
    const picture = placed.get(text) ?? layout(graph, kinds());
    // The newest last.
    placed.delete(text);
    placed.set(text, picture);
    for (const oldest of placed.keys()) if (placed.size > PICTURES_KEPT) placed.delete(oldest);
    return picture;
  };
  app.get<{ Querystring: { about?: string } }>(
    '/run-edges/v1/graph',
    { schema: { querystring: { type: 'object', properties: { about: { type: 'string', maxLength: LONGEST_NAME } } } } },
    ({ query }): DrawnGraph => {
      const graph = callGraph(declaration(), edgesNow(options));
      return { ...pictureOf(query.about ? about(graph, query.about) : graph), kinds: Object.fromEntries(kinds()) };
    },
  );

  app.get<{ Querystring: { caller: string; receiver: string } }>(
    '/run-edges/v1/explanations',
    { schema: { querystring: stringsNamed('caller', 'receiver') } },
    ({ query: { caller, receiver } }, reply) => {
      const explained = explain(options, caller, receiver);
      if (explained !== undefined) return reply.send(explained);
      const message = `There is no edge ${caller} -> ${receiver}: one of the two is neither declared nor deployed.`;
      return reply.code(404).send({ error: { code: 404, status: 'NOT_FOUND', message } });
    },
  );

  app.post<{ Body: { token: string } }>(
    '/run-edges/v1/tokens/inspect',
    { schema: { body: stringsNamed('token') } },
    ({ body, ip }) => inspectToken(readPasted(body.token), { verifier, judge: (given) => judge(given, ip) }),
  );
}

/** What people paste: the token, `Bearer` and the token, or the whole header. */
const pasted = /^(?:((?:x-serverless-)?authorization):\s*)?(?:bearer\s+)?(.*)$/is;

function readPasted(text: string): PastedToken {
  // Terminals break lines, and JSON and shells quote.
  const [, header = 'Authorization', token = ''] = pasted.exec(text.replace(/["'\r\n]/g, '').trim()) ?? [];
  return { header, token };
}

function explain(
  { declaration, iam, listed, known, external, project, now }: ConsoleDataOptions,
  caller: string,
  receiver: string,
): Explanation | undefined {
  const urls = new Map([...listed.services(), ...listed.external()].map(({ name, url }) => [name, url]));
  const emails = new Map(listed.principals().map(({ name, email }) => [name, email]));
  try {
    return explainEdge(declaration(), caller, receiver, {
      project,
      now: now(),
      urlsOf: (service) => [urls.get(service)].filter((url) => url !== undefined),
      emailOf: (name) => emails.get(name),
      edges: edgesNow({ declaration, iam, listed, known, external, now }),
      invokers: invokersNow(external.list().some(({ name }) => name === receiver) ? external.iam : iam, receiver),
      conditional: hasConditions(iam, receiver),
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function stringsNamed(...names: string[]) {
  const properties = Object.fromEntries(
    names.map((name) => [name, { type: 'string', minLength: 1, maxLength: 16_384 }]),
  );
  return { type: 'object', required: names, properties, additionalProperties: false };
}
