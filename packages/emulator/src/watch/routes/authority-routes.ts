import type { FastifyInstance } from 'fastify';
import type { DeveloperAlone } from './developer-alone.ts';

/** Whom programs have to trust for production addresses. */
export interface ListedAuthority {
  /** Of its certificate, on the emulator's machine. */
  readonly file: string;
  /** The same: PEM. */
  readonly certificate: string;
  /** RFC 3339. */
  readonly ends: string;
  /** What its certificates may be for: these names with all below them, and these networks. */
  readonly permits: readonly string[];
}

/** The authority of an emulator, for who looks on. */
export interface KnownAuthority {
  listed(): ListedAuthority;
  /** Makes another one, for everybody. */
  rotate(): Promise<void>;
}

export interface AuthorityRouteOptions {
  readonly developer: DeveloperAlone;
  /** Undefined where addresses are local. */
  readonly authority: KnownAuthority | undefined;
}

/**
 * `GET /run-edges/v1/authority`: `{authority}`, null where addresses are local; `POST /run-edges/v1/authority/rotate`: the
 * same after another one was made. To the developer alone.
 */
export async function authorityRoutes(
  app: FastifyInstance,
  { developer, authority }: AuthorityRouteOptions,
): Promise<void> {
  const told = () => ({ authority: authority?.listed() ?? null });
  app.get('/run-edges/v1/authority', { ...developer.alone }, told);
  app.post('/run-edges/v1/authority/rotate', { ...developer.alone }, async () => {
    await authority?.rotate();
    return told();
  });
}
