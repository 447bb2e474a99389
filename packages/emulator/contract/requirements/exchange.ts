import type { Requirements } from './requirement.ts';
import { sources } from './sources.ts';

export const exchange = {
  'exchange:id-token': {
    behaviour: 'a self-signed assertion with target_audience gives an id_token alone, azp the e-mail',
    source: sources.CLIENTS,
    mark: 'C',
  },
  'exchange:access-token': {
    behaviour: 'an assertion with scope gives access_token, expires_in 3599 and token_type',
    source: sources.CLIENTS,
    mark: 'C',
  },
  'exchange:audience': {
    behaviour:
      'the assertion is for Google’s token URL or the address it was sent to; another is "Failed audience check."',
    source: 'googleapis/google-cloud-python issue 15228',
    mark: 'R',
  },
  'exchange:short-lived': {
    behaviour: 'an assertion of more than an hour, or out of its time, is refused',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'exchange:set-back': {
    behaviour: 'an assertion of 3,620 to 3,660 s whose iat is set back is taken, as PHP’s and Rust’s libraries send it',
    source: 'googleapis/google-auth-library-php, googleapis/google-cloud-rust',
    mark: 'C',
  },
  'exchange:signature': {
    behaviour: 'another key, an unknown key or another account: invalid_grant',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'exchange:refresh': {
    behaviour: 'a user’s refresh token gives an access token and an ID token for gcloud’s client id, whatever is asked',
    source: 'Google Cloud SDK core/config.py',
    mark: 'C',
  },
  'sts:exchange': {
    behaviour: 'a provider’s subject token gives a federated access token, form or JSON',
    source: sources.STS,
    mark: 'C',
  },
  'sts:audience-form': {
    behaviour: 'an audience that is no provider name: invalid_request with Google’s text',
    source: sources.STS,
    mark: 'R',
  },
  'sts:unknown-provider': {
    behaviour: 'an unknown provider: invalid_target with Google’s text',
    source: sources.STS,
    mark: 'R',
  },
  'sts:subject-size': {
    behaviour: 'a google.subject of more than 127 bytes: invalid_request with Google’s text',
    source: 'google-github-actions/auth issue 200',
    mark: 'R',
  },
  'sts:condition-attributes': {
    behaviour: 'a condition may look at assertion, google.subject, google.groups and attribute.NAME',
    source: 'https://docs.cloud.google.com/iam/docs/workload-identity-federation#conditions',
    mark: 'D',
  },
  'sts:groups': {
    behaviour: 'principalSet://POOL/group/GROUP is whoever has the group in google.groups',
    source: 'https://docs.cloud.google.com/iam/docs/principal-identifiers',
    mark: 'D',
  },
  'sts:aws': {
    behaviour: 'AWS, SAML and X.509 subject tokens, and workforce pools, are exchanged, too',
    source: sources.STS,
    mark: 'D',
    differs: 'only OpenID Connect is emulated, and whoever comes with something else is told so',
  },
  'sts:subject-token': {
    behaviour: 'a subject token that is stale, for another audience, of another issuer or forged: invalid_grant',
    source: sources.STS,
    mark: 'R',
  },
  'credentials:id-token': {
    behaviour:
      'generateIdToken gives aud, azp, exp, iat, iss, sub; e-mail claims with includeEmail; azp the e-mail with useEmailAzp',
    source: sources.IAM_CREDENTIALS,
    mark: 'R',
  },
  'credentials:access-token': {
    behaviour: 'generateAccessToken gives accessToken and expireTime, for an hour at most',
    source: sources.IAM_CREDENTIALS,
    mark: 'C',
  },
  'credentials:permission': {
    behaviour:
      'each method needs its permission on the account, on itself too; else 403 PERMISSION_DENIED that names it',
    source: sources.IAM_CREDENTIALS,
    mark: 'R',
  },
  'credentials:delegation': {
    behaviour: 'each link of a chain of delegates needs implicitDelegation',
    source: sources.IAM_CREDENTIALS,
    mark: 'D',
  },
  'credentials:sign-blob': {
    behaviour: 'signBlob signs with a key that Google keeps for the account, and names it; its certificate is public',
    source: sources.IAM_CREDENTIALS,
    mark: 'D',
  },
  'credentials:sign-jwt': {
    behaviour: 'signJwt signs claims that end within 12 hours; the token endpoint takes them as an assertion',
    source: sources.IAM_CREDENTIALS,
    mark: 'D',
  },
  'token-info:id-token': {
    behaviour: 'tokeninfo tells what an ID token of Google says, all as texts; any other is 400 invalid_token',
    source: 'https://developers.google.com/identity/sign-in/web/backend-auth',
    mark: 'D',
  },
  'token-info:access-token': {
    behaviour: 'tokeninfo tells whose an access token is, for what and for how long, also by a header',
    source: sources.CLIENTS,
    mark: 'C',
  },
  'credentials:errors': {
    behaviour: 'no or bad bearer 401, unknown account 404, empty audience or scope 400, as JSON errors',
    source: sources.IAM_CREDENTIALS,
    mark: 'R',
  },
  'exchange:alias': {
    behaviour: 'www.googleapis.com/oauth2/v4/token is the older address of the same',
    source: sources.CLIENTS,
    mark: 'C',
  },
  'exchange:skew': {
    behaviour: 'a clock that is 5 minutes wrong is forgiven; a setting says how much',
    source: sources.TRANSCRIPT,
    mark: 'U',
  },
  'exchange:unknown-account': {
    behaviour: 'an assertion of an account that is none: invalid_grant',
    source: sources.TRANSCRIPT,
    mark: 'M',
  },
  'exchange:key-file': {
    behaviour: 'a key file has every field that client libraries read, and the token_uri to post to',
    source: 'https://docs.cloud.google.com/iam/docs/keys-create-delete',
    mark: 'C',
  },
  'exchange:deleted-key': {
    behaviour: 'a key that was deleted is worth nothing any more: Invalid JWT Signature.',
    source: 'https://docs.cloud.google.com/iam/docs/keys-create-delete',
    mark: 'R',
  },
  'exchange:subject': {
    behaviour: 'sub and other claims that Node’s library adds are taken',
    source: sources.CLIENTS,
    mark: 'C',
  },
  'sts:allowed-audiences': {
    behaviour: 'a subject token is for the provider’s name, with // or https://, or for an allowed audience instead',
    source: sources.STS,
    mark: 'D',
  },
  'sts:condition': {
    behaviour:
      'a subject token for which the attribute condition does not hold: unauthorized_client with Google’s text',
    source: sources.STS,
    mark: 'M',
  },
  'sts:extras': {
    behaviour: 'options and client authentication of the request are taken',
    source: sources.CLIENTS,
    mark: 'C',
  },
  'sts:client': {
    behaviour: 'google-auth-library gets from an external_account file to an ID token that the gate takes',
    source: sources.CLIENTS,
    mark: 'C',
  },
  'sts:second-hop': {
    behaviour: 'a federated token itself is refused at the gate, and allAuthenticatedUsers does not mean it',
    source: sources.S2S,
    mark: 'D',
  },
  'credentials:wildcard': {
    behaviour: 'the project is - in the names of accounts; anything else in its place is 400',
    source: sources.IAM_CREDENTIALS,
    mark: 'C',
  },
  'credentials:organization': {
    behaviour: 'organizationNumberIncluded adds google.organization_number, null without an organization',
    source: sources.IAM_CREDENTIALS,
    mark: 'C',
  },
} as const satisfies Requirements;
