import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { Verdict } from '../../run/gate/verdict.ts';
import type { TokenVerifier } from '../../run/gate/verified-tokens.ts';

/** What one gate would say to a request with the token. */
export interface GateAnswer extends Pick<Verdict, 'rule' | 'reason' | 'mend'> {
  readonly receiver: string;
  /** 200 where the request would reach the container. */
  readonly status: 200 | Exclude<Verdict['refusal'], 0>;
}

/** What a token says, and what it is good for. */
export interface InspectedToken {
  /** Undefined where the text is no JSON Web Token. */
  readonly header: Readonly<Record<string, unknown>> | undefined;
  readonly claims: Readonly<Record<string, unknown>> | undefined;
  /** Why the signature is not good, or null where it is. */
  readonly signature: string | null;
  readonly gates: readonly GateAnswer[];
}

/** A token and the header that it is sent in. */
export interface PastedToken {
  readonly header: string;
  readonly token: string;
}

export interface InspectOptions {
  readonly verifier: TokenVerifier;
  /** Asks the gate of each service that is deployed. */
  readonly judge: (given: PastedToken) => readonly (readonly [receiver: string, verdict: Verdict])[];
}

/** Reads a token without trusting it, and asks every gate. Nothing of it is kept. */
export function inspectToken(given: PastedToken, { verifier, judge }: InspectOptions): InspectedToken {
  const { token } = given;
  const verified = verifier.verify(token);
  return {
    header: read(() => decodeProtectedHeader(token)),
    claims: read(() => decodeJwt(token)),
    signature: 'claims' in verified ? null : verified.reason,
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
