import type { Declaration } from '@run-edges/edges';
import type { Gcloud } from '../gcloud/gcloud.ts';
import { findRows } from './find-rows.ts';
import { look } from './look.ts';
import type { Row } from './row.ts';

export interface Verification {
  readonly project: string;
  readonly region: string;
  /** Members whose every way in is on purpose. */
  readonly accept: readonly string[];
}

/** Reads what the live project lets happen and compares it with the declaration; writes nothing. @throws GcloudError */
export async function verify(
  gcloud: Gcloud,
  declaration: Declaration,
  { project, region, accept }: Verification,
): Promise<readonly Row[]> {
  const looked = await look(gcloud, declaration, { project, region });
  return findRows(declaration, {
    ...looked,
    accepted: declaration.accepted ?? [],
    acceptedMembers: new Set(accept),
    now: new Date(),
  });
}
