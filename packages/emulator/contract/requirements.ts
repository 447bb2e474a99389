import { admin } from './requirements/admin.ts';
import { container } from './requirements/container.ts';
import { exchange } from './requirements/exchange.ts';
import { gate } from './requirements/gate.ts';
import { iam } from './requirements/iam.ts';
import { iamAdmin } from './requirements/iam-admin.ts';
import { metadata } from './requirements/metadata.ts';
import type { Requirement } from './requirements/requirement.ts';
import { senders } from './requirements/senders.ts';
import { tokens } from './requirements/tokens.ts';
import { transport } from './requirements/transport.ts';

/** Facts about Google's side that the emulator must show, by where they are met. Each is cited by at least one test. */
export const areas = { metadata, tokens, exchange, gate, transport, container, iam, iamAdmin, admin, senders } as const;

export const requirements = {
  ...metadata,
  ...tokens,
  ...exchange,
  ...gate,
  ...transport,
  ...container,
  ...iam,
  ...iamAdmin,
  ...admin,
  ...senders,
} as const;

export type RequirementId = keyof typeof requirements;

export function requirement(id: RequirementId): Requirement {
  return requirements[id];
}
