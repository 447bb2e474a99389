import type { Bench, BenchContext, MeasuredSubject } from '../bench.ts';
import type { GoogleHandlers } from '../google/google.ts';
import type { FirstVerificationHandlers } from '../inbound/first-verification.ts';
import type { RouteServerHandlers } from '../inbound/route-server.ts';
import { type InboundSettings, TOKENS } from '../inbound/settings.ts';
import type { LoadHandlers } from '../load/load-generator.ts';
import type { Row, Subject } from '../measure/row.ts';
import type { Program } from '../processes/start-program.ts';

interface NamedModule extends Subject {
  /** File in `inbound/guards` or `inbound/verifiers`. */
  readonly module: string;
}

const BARE = 'Fastify route, bare';
const routes: readonly NamedModule[] = [
  { name: BARE, module: 'bare', baseline: BARE },
  { name: 'behind @run-edges/auth/fastify', module: 'run-edges', baseline: BARE, target: 0.85 },
  { name: 'behind fast-jwt, cached by token', module: 'fast-jwt-by-token', baseline: BARE },
  { name: 'behind fast-jwt, cached', module: 'fast-jwt', baseline: BARE },
  { name: 'behind @fastify/jwt, cached', module: 'fastify-jwt', baseline: BARE },
  { name: 'behind jose jwtVerify', module: 'jose', baseline: BARE },
  { name: 'behind google-auth-library verifyIdToken', module: 'google-auth-library', baseline: BARE },
];

const JOSE = 'new token: jose jwtVerify, local JWKS';
const verifiers: readonly NamedModule[] = [
  { name: JOSE, module: 'jose', baseline: JOSE },
  { name: 'new token: @run-edges/auth/inbound', module: 'run-edges', baseline: JOSE, target: 1 },
  { name: 'new token: fast-jwt', module: 'fast-jwt', baseline: JOSE },
  { name: 'new token: google-auth-library verifyIdToken', module: 'google-auth-library', baseline: JOSE },
];

const CONNECTIONS = 32;

export const bench: Bench = {
  title: 'Inbound: a service that requires an ID token of its callers',
  run: async (context) => {
    const google = context.start<GoogleHandlers>('google/google.ts', { role: 'helper' });
    const settings = { ...(await google.call('open')), audience: 'https://search-123456789012.europe-west1.run.app' };
    return [...(await compareRoutes(context, google, settings)), ...(await compareFirst(context, google, settings))];
  },
};

async function compareRoutes(
  context: BenchContext,
  google: Program<GoogleHandlers>,
  settings: InboundSettings,
): Promise<Row[]> {
  const [token] = await google.call('sign', { audience: settings.audience, count: 1 });
  const generator = context.start<LoadHandlers>('load/load-generator.ts', { role: 'helper' });
  // The bare route gets the token, too: what it costs to read so long a header is not the verifier's doing.
  const load = { connections: CONNECTIONS, headers: { authorization: `Bearer ${token}` } };

  const subjects: MeasuredSubject[] = [];
  for (const { module, ...subject } of routes) {
    const server = context.start<RouteServerHandlers>('inbound/route-server.ts', { role: 'subject' });
    const url = await server.call('open', { guard: module, settings });
    subjects.push({ ...subject, measure: (milliseconds) => generator.call('run', { ...load, url, milliseconds }) });
  }
  const plan = { rounds: 25, milliseconds: 200, warmUpMilliseconds: 1_200 };
  return context.compare({ unit: 'requests/s', better: 'higher' }, subjects, plan);
}

async function compareFirst(
  context: BenchContext,
  google: Program<GoogleHandlers>,
  settings: InboundSettings,
): Promise<Row[]> {
  const tokens = await google.call('sign', { audience: settings.audience, count: TOKENS });
  const subjects: MeasuredSubject[] = [];
  for (const { module, ...subject } of verifiers) {
    const program = context.start<FirstVerificationHandlers>('inbound/first-verification.ts', { role: 'subject' });
    await program.call('open', { verifier: module, settings, tokens });
    subjects.push({ ...subject, measure: (milliseconds) => program.call('run', milliseconds) });
  }
  const plan = { rounds: 25, milliseconds: 150, warmUpMilliseconds: 1_000 };
  return context.compare({ unit: 'verifications/s', better: 'higher' }, subjects, plan);
}
