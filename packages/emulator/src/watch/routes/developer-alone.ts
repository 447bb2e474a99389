import { createHash, timingSafeEqual } from 'node:crypto';
import type {
  FastifyReply,
  FastifyRequest,
  onRequestAsyncHookHandler,
  onSendAsyncHookHandler,
  preValidationAsyncHookHandler,
} from 'fastify';
import type { Challenges } from '../../identity/developer/challenges.ts';
import { developerProof, isDeveloperProof, provenTexts } from '../../identity/developer/developer-proof.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import { isHeldHere } from '../../run/runtime/connection-holders.ts';

/** Options of a route. */
export interface DeveloperHooks {
  readonly onRequest: onRequestAsyncHookHandler;
  readonly preValidation: preValidationAsyncHookHandler;
  readonly onSend: onSendAsyncHookHandler;
}

/** How a route lets nobody on but the developer: being on this machine is no proof, the services of the graph are there, too. */
export interface DeveloperAlone {
  /**
   * Who proves to know the token: `Authorization: RunEdges CHALLENGE.PROOF`, for this one request to this address, whose
   * answer is proven in `Run-Edges-Proof`. @throws GoogleError UNAUTHENTICATED
   */
  readonly byProof: DeveloperHooks;
  /** The same, and who sends the token as `Authorization: Bearer`. */
  readonly alone: DeveloperHooks;
  /**
   * The same; and whoever runs in the emulator's own process, a test say, needs no token: the whole cloud is at hand there.
   * What a gate hands on comes from this process, too, and says `Forwarded`.
   */
  readonly orOwnProcess: DeveloperHooks;
}

interface Proven {
  readonly challenge: string;
  readonly proof: string;
}

export interface DeveloperAloneOptions {
  readonly token: string;
  readonly challenges: Challenges;
  /** Whether nobody but this machine reaches the emulator: then no port of another leads to its own. */
  readonly loopbackAlone: boolean;
}

export function developerAlone({ token, challenges, loopbackAlone }: DeveloperAloneOptions): DeveloperAlone {
  const expected = digest(token);
  const asked = new WeakMap<FastifyRequest, Proven>();
  const proven = new WeakSet<FastifyRequest>();

  const byProof: DeveloperHooks = {
    async onRequest(request, reply) {
      const [, challenge = '', proof = ''] = PROOF.exec(request.headers.authorization ?? '') ?? [];
      if (!challenges.take(challenge)) throw unauthenticated(reply);
      asked.set(request, { challenge, proof });
    },
    // Not before the body is known.
    async preValidation(request, reply) {
      const { host, method, url, body, raw } = request;
      const { challenge, proof } = asked.get(request) ?? {};
      if (challenge === undefined || proof === undefined) return;
      const isHere = !loopbackAlone || portOf(host) === raw.socket.localPort;
      if (!isHere || !isDeveloperProof(proof, token, provenTexts.request(challenge, host, method, url, body)))
        throw unauthenticated(reply);
      proven.add(request);
    },
    async onSend(request, reply, body) {
      const { challenge } = asked.get(request) ?? {};
      if (challenge !== undefined && proven.has(request) && typeof body === 'string')
        reply.header('run-edges-proof', developerProof(token, provenTexts.answer(challenge, reply.statusCode, body)));
      return body;
    },
  };
  const alone: DeveloperHooks = {
    ...byProof,
    async onRequest(request, reply) {
      const { authorization = '' } = request.headers;
      if (PROOF.test(authorization)) return byProof.onRequest.call(this, request, reply);
      const [, given = ''] = /^bearer (\S+)$/i.exec(authorization) ?? [];
      if (!timingSafeEqual(digest(given), expected)) throw unauthenticated(reply);
      return undefined;
    },
  };
  const orOwnProcess: DeveloperHooks = {
    ...byProof,
    async onRequest(request, reply) {
      const { headers, raw } = request;
      const isBare = headers.authorization === undefined && headers.forwarded === undefined;
      if (!isBare || !isHeldHere(raw.socket)) await alone.onRequest.call(this, request, reply);
    },
  };
  return { byProof, alone, orOwnProcess };
}

/** Of plain HTTP. */
function portOf(host: string): number {
  return Number(/:(\d+)$/.exec(host)?.[1] ?? 80);
}

const PROOF = /^RunEdges ([\w-]+)\.([\w-]+)$/;

function unauthenticated(reply: FastifyReply): GoogleError {
  reply.header('www-authenticate', 'Bearer realm="run-edges"');
  return new GoogleError(
    'UNAUTHENTICATED',
    'This wants the developer’s token as Authorization: Bearer: cloud.developerToken, or what run-edges up keeps for you in ~/.cache/run-edges/HOST-PORT/token; RUN_EDGES_TOKEN sets another.',
  );
}

/** Of one length, whatever is sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
