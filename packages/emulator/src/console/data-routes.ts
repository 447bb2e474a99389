import { ANONYMOUS, type Declaration, STRANGER } from '@run-edges/edges';
import type { FastifyInstance } from 'fastify';
import { edgesNow } from '../api/edge-routes.ts';
import type { Listed } from '../api/service-routes.ts';
import { type Explanation, explainEdge } from '../explain/explain-edge.ts';
import type { Verdict } from '../gate/rules.ts';
import type { Iam } from '../iam/iam.ts';
import type { Project } from '../identity/project.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import { callGraph } from './call-graph.ts';
import { inspectToken } from './inspect-token.ts';
import { layout } from './layout.ts';

export interface ConsoleDataOptions {
  readonly declaration: Declaration;
  readonly project: Project;
  readonly iam: Iam;
  readonly keys: KeyRing;
  readonly listed: Listed;
  readonly now: () => number;
  /** What the gate of each service that is deployed says to a token from this address. */
  readonly judge: (token: string, address: string) => readonly (readonly [receiver: string, verdict: Verdict])[];
}

/**
 * `GET /run-edges/v1/graph`: who may call whom, placed as a picture. `GET /run-edges/v1/explanations?caller=&receiver=`:
 * why one may call another by now. `POST /run-edges/v1/tokens/inspect`: what a token says, and what each gate would say.
 */
export async function consoleDataRoutes(app: FastifyInstance, options: ConsoleDataOptions): Promise<void> {
  const { declaration, keys, judge } = options;

  app.get('/run-edges/v1/graph', () => layout(callGraph(declaration, edgesNow(options))));

  app.get<{ Querystring: { caller: string; receiver: string } }>(
    '/run-edges/v1/explanations',
    { schema: { querystring: stringsNamed('caller', 'receiver') } },
    ({ query: { caller, receiver } }, reply) => {
      const explained = explain(options, caller, receiver);
      if (explained !== undefined) return reply.send(explained);
      const message = `${declaration.file} does not declare both ${caller} and ${receiver}.`;
      return reply.code(404).send({ error: { code: 404, status: 'NOT_FOUND', message } });
    },
  );

  app.post<{ Body: { token: string } }>(
    '/run-edges/v1/tokens/inspect',
    { schema: { body: stringsNamed('token') } },
    ({ body, ip }) => inspectToken(tokenIn(body.token), { keys, judge: (token) => judge(token, ip) }),
  );
}

/** People copy the whole header as often as the token. */
function tokenIn(text: string): string {
  return text.trim().replace(/^(?:(?:x-serverless-)?authorization:\s*)?bearer\s+/i, '');
}

function explain(
  { declaration, iam, listed, project, now }: ConsoleDataOptions,
  caller: string,
  receiver: string,
): Explanation | undefined {
  const declared = declaration.services.map(({ name }) => name);
  if (![...declared, ANONYMOUS, STRANGER].includes(caller) || !declared.includes(receiver)) return undefined;
  const urls = new Map(listed.services().map(({ name, url }) => [name, url]));
  const edge = edgesNow({ iam, listed }).find((one) => one.caller === caller && one.receiver === receiver);
  return explainEdge(declaration, caller, receiver, {
    project,
    now: now(),
    urlsOf: (service) => [urls.get(service)].filter((url) => url !== undefined),
    grantedBy: edge?.by ?? null,
  });
}

function stringsNamed(...names: string[]) {
  const properties = Object.fromEntries(
    names.map((name) => [name, { type: 'string', minLength: 1, maxLength: 16_384 }]),
  );
  return { type: 'object', required: names, properties, additionalProperties: false };
}
