import { createHash, randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { ConfigError } from '../errors.ts';
import { SIGNATURE_REMOVED } from '../headers.ts';
import type { CloudRunOptions, JwkSet, SignatureOptions } from '../inbound/options.ts';
import { createVerifier, type Verifier } from '../inbound/verifier.ts';
import { createServiceClient, type ServiceClient, type ServiceClientOptions } from '../outbound/service-client.ts';
import type { TokenSource } from '../outbound/source.ts';

refuseWhereDeployed();

/** What a token is to say. */
export interface TokenRequest {
  /** The e-mail address of the caller. */
  readonly email: string;
  /** The receiver. */
  readonly audience: string;
  /** How long it lives from now, in seconds. Less than 0: it has ended. Default: 3,600, as Google's. */
  readonly expiresIn?: number;
  /** Claims in place of the usual ones, or beside them; `undefined` leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

type Keys = 'jwks' | 'jwksUri' | 'plainHttpHosts';

/** Options of {@link TestIssuer.verifier}: those of a verifier, whose keys are the issuer's. */
export type TestVerifierOptions = Omit<SignatureOptions, Keys> | Omit<CloudRunOptions, Keys>;

/** Options of {@link TestIssuer.client}: those of a client, and who calls. */
export type TestClientOptions = Omit<ServiceClientOptions, 'source' | 'impersonate' | 'delegates' | 'endpoints'> & {
  /** The e-mail address of the caller. */
  readonly caller: string;
};

/** Google's side of ID tokens within a test: real keys and signatures, and nothing that is fetched. */
export interface TestIssuer {
  /** The public keys, for the option `jwks` of verifiers, guards and the Fastify plugin. */
  readonly jwks: JwkSet;
  /** A token as Google signs it. */
  readonly tokenFor: (wanted: TokenRequest) => Promise<string>;
  /** Where a client gets tokens of this caller. */
  readonly tokenSource: (email: string) => TokenSource;
  /** A verifier that believes this issuer and no other. */
  readonly verifier: (options: TestVerifierOptions) => Verifier;
  /** A client that calls with tokens of this issuer. */
  readonly client: (options: TestClientOptions) => ServiceClient;
}

/**
 * Makes an issuer for tests, with a key of its own: what one signs, another refuses.
 *
 * @throws ConfigError where K_SERVICE is set; so does loading this module.
 */
export async function createTestIssuer(): Promise<TestIssuer> {
  refuseWhereDeployed();
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const kid = randomBytes(20).toString('hex');
  const jwks: JwkSet = { keys: [Object.freeze({ ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' })] };
  const tokenFor = ({ email, audience, expiresIn = 3600, claims }: TokenRequest): Promise<string> => {
    const iat = Math.floor(Date.now() / 1000) - (expiresIn > 0 ? 0 : 3600);
    const exp = Math.floor(Date.now() / 1000) + expiresIn;
    const sub = subjectOf(email);
    const iss = 'https://accounts.google.com';
    return new SignJWT({ aud: audience, azp: sub, email, email_verified: true, exp, iat, iss, sub, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
      .sign(privateKey);
  };
  const tokenSource = (email: string): TokenSource => ({
    // Clients share tokens by this name: those of another issuer are others.
    identity: `${email} (test issuer ${kid.slice(0, 8)})`,
    fetchIdToken: (audience) => tokenFor({ email, audience }),
  });
  return {
    jwks,
    tokenFor,
    tokenSource,
    verifier: (options) => createVerifier({ ...options, jwks }),
    client: ({ caller, ...options }) => createServiceClient({ ...options, source: tokenSource(caller) }),
  };
}

/** A token as a container of Cloud Run sees it in X-Serverless-Authorization. */
export function withoutSignature(token: string): string {
  return `${token.slice(0, token.lastIndexOf('.') + 1)}${SIGNATURE_REMOVED}`;
}

/** Google's ids have 21 digits; an address has the same one each time. */
function subjectOf(email: string): string {
  const digest = createHash('sha256').update(email).digest('hex');
  return `1${(BigInt(`0x${digest}`) % 10n ** 20n).toString().padStart(20, '0')}`;
}

function refuseWhereDeployed(): void {
  if (process.env.K_SERVICE !== undefined)
    throw new ConfigError(
      'RUN_AUTH_TESTING_DEPLOYED',
      `K_SERVICE is ${JSON.stringify(process.env.K_SERVICE)}: tokens for anybody can be made here.`,
    );
}
