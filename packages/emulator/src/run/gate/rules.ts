/** What a gate can decide by, in the order in which it looks, and what each means. */
export const RULES = {
  'malformed-request': 'The request is none that HTTP/1.1 or HTTP/2 knows.',
  'unknown-host': 'No service that is deployed has the host name.',
  'reserved-path': 'The path is one that Cloud Run keeps for itself, such as one that ends in z.',
  ingress: "The service's ingress takes no requests from where this one came.",
  'iam-disabled': 'The service checks no invoker: whoever asks comes in.',
  public: 'allUsers, or whoever has a Google account, may invoke the service.',
  'no-credentials': 'There is no token, and the service is not public.',
  'several-credentials': 'A header has more than one token.',
  'not-bearer': 'The header has another scheme than Bearer.',
  'access-token': 'An access token stands where an ID token belongs.',
  'malformed-token': 'What stands after Bearer is no JWT, or too long.',
  'signature-removed': 'The token has been used: a gate took its signature before it reached a container.',
  'unsupported-algorithm': 'The token is signed otherwise than by RS256.',
  'unknown-key': 'None of the published keys has the id that the token names.',
  'bad-signature': 'The signature is not that of the token.',
  expired: 'The token lived for its hour.',
  'not-yet-valid': 'The token is good from a later time on: a clock is wrong.',
  'wrong-issuer': "The issuer is not Google's.",
  'wrong-audience': 'The audience is no URL of this service, nor one of its custom audiences.',
  'unknown-principal':
    'The account that the token is of was deleted or disabled, or the token does not say whose it is.',
  'not-an-invoker': 'No grant lets the caller invoke the service.',
  invoker: 'A grant lets the caller invoke the service.',
  learning: 'Whoever is refused by another rule is let in: the emulator was told to learn, and nothing is protected.',
  // Let through by IAM, and failed after it.
  'request-too-large': 'The request is larger than Cloud Run takes.',
  'no-instance': 'No instance of the service could take the request in time.',
  'container-failed': 'The container broke off, or answered with what is no HTTP.',
  'response-too-large': 'The answer is larger than Cloud Run sends.',
  'timed-out': 'The request took longer than the service allows.',
  'caller-gone': 'The caller went away before there was an answer.',
  // The gate itself could not go on.
  'gate-failed': 'The gate itself failed: a fault of run-edges.',
  // Of a metadata server, not of a gate.
  'not-its-identity': "A process asked another service's metadata server for a token, or another's proxy for a way.",
  // Of the proxy of production addresses.
  'not-played':
    'The proxy of production addresses leads to the host names of this cloud alone, and so does whatever sends messages.',
  'not-trusted': 'The program took the certificate of a production address for none: it does not know the authority.',
} as const;

export type Rule = keyof typeof RULES;

/** Why a request failed that the rules before had let through. */
export interface Failure {
  readonly rule: Rule;
  readonly reason: string;
  readonly mend: string;
}
