import type { FastifyRequest } from 'fastify';

const READS =
  /:(getIamPolicy|getAncestry|testIamPermissions|queryTestablePermissions|queryGrantableRoles|wait|generateIdToken|generateAccessToken|signBlob|signJwt)$/;

/** Whether a call is one that changes something: what only reads, waits, checks or makes a token does not. */
export function asksForChange({ method, url }: Pick<FastifyRequest, 'method' | 'url'>): boolean {
  const [path = '', query = ''] = url.split('?');
  const asked = new URLSearchParams(query);
  const onlyChecks = asked.get('validateOnly') === 'true' || asked.get('dryRun') === 'all';
  return !['GET', 'HEAD'].includes(method) && !READS.test(path) && !onlyChecks;
}
