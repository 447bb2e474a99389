import type { KeyRing } from '../../identity/keys/key-ring.ts';
import { acceptsAudience } from '../gate/audience.ts';
import { audienceMistake } from '../gate/audience-mistake.ts';
import type { FrontEnd } from '../gate/front-end.ts';
import type { TokenRules } from '../gate/id-token-check.ts';
import type { ResolvedGateSettings } from '../gate/settings.ts';
import { createTokenVerifier } from '../gate/verified-tokens.ts';

export interface ServiceTokenRulesOptions {
  readonly name: string;
  readonly keys: KeyRing;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly settings: ResolvedGateSettings;
  readonly frontEnd: () => FrontEnd;
  /** Every URL that is an audience of the service; the gate's own come when it is listening. */
  readonly origins: () => readonly string[];
  /** The origin of an audience that names this machine and the gate's port, as callers may call it. */
  readonly ownOrigin: (audience: string) => string | undefined;
  /** URLs of the other services, by name. */
  readonly otherOrigins: () => ReadonlyMap<string, readonly string[]>;
  /** The audience that callers should ask for, once it is known. */
  readonly audience: () => string;
}

/** Which ID tokens are good for a service. */
export function serviceTokenRules(options: ServiceTokenRulesOptions): TokenRules {
  const { name, settings, frontEnd, origins, ownOrigin } = options;
  return {
    verifier: createTokenVerifier(options.keys),
    now: options.now,
    expiryLeeway: settings.expiryLeeway,
    clockSkew: settings.clockSkew,
    get audience() {
      return options.audience();
    },
    acceptsAudience(audience) {
      if (acceptsAudience(audience, origins(), frontEnd().customAudiences, settings.audiencePaths)) return true;
      const here = ownOrigin(audience);
      return here !== undefined && acceptsAudience(audience, [here], [], settings.audiencePaths);
    },
    audienceMistake: (audience) =>
      audienceMistake(audience, {
        service: name,
        audience: options.audience(),
        origins: origins(),
        customAudiences: frontEnd().customAudiences,
        others: options.otherOrigins(),
      }),
  };
}
