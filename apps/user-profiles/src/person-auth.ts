import type { Service } from '@run-edges/service';
import * as errors from 'jose/errors';
import { createRemoteJWKSet } from 'jose/jwks/remote';
import { jwtVerify } from 'jose/jwt/verify';

/** The person on whose behalf a request comes. */
export interface Person {
  /** Id of the person, the `sub` of the user token. */
  id: string;
  /** The e-mail address that login knows; empty when the token does not say. */
  email: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route behind `requirePerson`. */
    person: Person;
  }
}

/** A user token that does not hold. The words stay in the log. */
export class PersonError extends Error {
  override name = 'PersonError';
  readonly statusCode = 401;
  readonly headers: Record<string, string>;

  constructor(message: string, options: ErrorOptions & { challenge: string }) {
    super(message, options);
    this.headers = { 'www-authenticate': options.challenge };
  }
}

/** login's keys could not be had: nobody's fault who asks, so 503. */
export class PersonKeysError extends Error {
  override name = 'PersonKeysError';
  readonly statusCode = 503;
}

const ISSUER = 'login';
const AUDIENCE = 'user-profiles';
const PERSON_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** What jose throws when the token is at fault; anything else means that the keys could not be fetched. */
const TOKEN_FAULTS = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
];

/**
 * Makes every route of an instance demand a user token in `Authorization`: a JWT that login signed for this service,
 * verified with the keys that login publishes. Which *service* calls is proven beside it, by another header.
 */
export function requirePerson(app: Service, loginUrl: string | undefined): void {
  const keys = loginUrl ? remoteKeys(loginUrl) : undefined;

  app.decorateRequest('person');
  app.addHook('onRequest', async (request) => {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (!token) throw new PersonError('no user token in Authorization', { challenge: 'Bearer' });
    request.person = await verify(token);
  });

  async function verify(token: string): Promise<Person> {
    if (!keys) throw new PersonKeysError('LOGIN_URL is not set: nobody says where the keys of user tokens are');
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ['ES256'],
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'iat', 'exp'],
        maxTokenAge: '10 minutes',
        clockTolerance: 5,
      });
      const { sub = '', email } = payload;
      if (!PERSON_ID.test(sub)) throw new errors.JWTInvalid('sub is not the id of a person');
      return { id: sub, email: typeof email === 'string' ? email : '' };
    } catch (cause) {
      if (TOKEN_FAULTS.some((Fault) => cause instanceof Fault)) {
        throw new PersonError('the user token is not valid', { cause, challenge: 'Bearer error="invalid_token"' });
      }
      throw new PersonKeysError(`the keys of login could not be had from ${loginUrl}`, { cause });
    }
  }
}

function remoteKeys(loginUrl: string) {
  return createRemoteJWKSet(new URL('/.well-known/jwks.json', loginUrl), {
    timeoutDuration: 3_000,
    // login makes a new key when its store is new: known soon, and nobody can make us ask more often than this.
    cooldownDuration: 5_000,
  });
}
