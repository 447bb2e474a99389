import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { Verdict } from '../gate/rules.ts';
import type { SigningKey } from '../keys/key-ring.ts';

/** What one gate would say to a request with the token. */
export interface GateAnswer extends Pick<Verdict, 'rule' | 'reason' | 'mend'> {
  readonly receiver: string;
  /** 200 where the request would reach the container. */
  readonly status: 200 | 400 | 401 | 403 | 404;
}

/** What a token says, and what it is good for. */
export interface InspectedToken {
  /** Undefined where the text is no JSON Web Token. */
  readonly header: Readonly<Record<string, unknown>> | undefined;
  readonly claims: Readonly<Record<string, unknown>> | undefined;
  /** Whether the key that the header names is one of those that are published. */
  readonly knownKey: boolean;
  readonly gates: readonly GateAnswer[];
}

/** A token and the header that it is sent in. */
export interface PastedToken {
  readonly header: string;
  readonly token: string;
}

export interface InspectOptions {
  readonly keys: { find(kid: string): SigningKey | undefined };
  /** Asks the gate of each service that is deployed. */
  readonly judge: (given: PastedToken) => readonly (readonly [receiver: string, verdict: Verdict])[];
}

/** Reads a token without trusting it, and asks every gate. Nothing of it is kept. */
export function inspectToken(given: PastedToken, { keys, judge }: InspectOptions): InspectedToken {
  const { token } = given;
  const header = read(() => decodeProtectedHeader(token));
  return {
    header,
    claims: read(() => decodeJwt(token)),
    knownKey: typeof header?.kid === 'string' && keys.find(header.kid) !== undefined,
    gates: judge(given).map(([receiver, { refusal, rule, reason, mend }]) => ({
      receiver,
      status: refusal === 0 ? 200 : refusal,
      rule,
      reason,
      mend,
    })),
  };
}

function read<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
