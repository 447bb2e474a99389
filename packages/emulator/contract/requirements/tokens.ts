import type { Requirements } from './requirement.ts';
import { sources } from './sources.ts';

export const tokens = {
  'token:header': {
    behaviour: 'ID tokens are RS256 with a 40-digit kid and typ JWT',
    source: sources.TRANSCRIPT,
    mark: 'D',
  },
  'token:claims': {
    behaviour: 'aud, azp, email, email_verified, exp, iat, iss, sub; one hour; azp and sub are the unique id',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'token:jwks': {
    behaviour: 'the JWK set verifies what the metadata server signed, and is cacheable',
    source: 'https://www.googleapis.com/oauth2/v3/certs',
    mark: 'C',
  },
  'token:pem-certs': {
    behaviour: 'the same keys as self-signed X.509 certificates by key id, cacheable alike, for Node and Python',
    source: 'https://www.googleapis.com/oauth2/v1/certs',
    mark: 'C',
  },
  'token:rotation': {
    behaviour: 'two keys are published at once; a rotated key stays published while its tokens live',
    source: sources.CLIENTS,
    mark: 'M',
  },
  'token:lifetime': {
    behaviour: 'every token lives for 3600 seconds, whoever made it',
    source: sources.TRANSCRIPT,
    mark: 'D',
  },
  'token:discovery': {
    behaviour: 'the OpenID configuration names the issuer, the keys and RS256',
    source: 'https://accounts.google.com/.well-known/openid-configuration',
    mark: 'M',
  },
  'token:user-claims': {
    behaviour: 'a user’s token has gcloud’s client id as aud and azp, the e-mail, the domain as hd, and at_hash',
    source: 'https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload',
    mark: 'M',
  },
  'token:issuers': {
    behaviour: 'accounts.google.com without a scheme is the issuer, too',
    source: 'google-auth 2 google/oauth2/id_token.py',
    mark: 'C',
  },
  'token:email-optional': {
    behaviour: 'the e-mail is not needed to be let in: the unique id is',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'token:stable-subject': {
    behaviour: 'a unique id has 21 digits and stays the same for an account',
    source: 'https://docs.cloud.google.com/iam/docs/service-account-overview',
    mark: 'D',
  },
  'token:daily-keys': {
    behaviour: 'keys change about daily by themselves',
    source: 'google-auth 2 google/oauth2/id_token.py',
    mark: 'C',
    differs: 'keys are rotated on request alone, so that a test is the same at any hour',
  },
} as const satisfies Requirements;
