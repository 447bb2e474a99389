import type { IncomingMessage, ServerResponse } from 'node:http';
import { CallerError } from '../errors.ts';
import { AUTHORIZATION, SERVERLESS_AUTHORIZATION } from '../headers.ts';
import { findHeader } from '../inbound/bearer.ts';
import { createVerifier } from '../inbound/verifier.ts';
import type { TestIssuer } from './issuer.ts';
import { withoutSignature } from './issuer.ts';

/** What the front end knows of a service. */
export interface FrontEndOptions {
  /** Whose tokens it believes. */
  readonly issuer: TestIssuer;
  /** The audience of the service: its URL, or a custom one. */
  readonly audience: string;
  /** The e-mail addresses of those who hold roles/run.invoker; or `'allUsers'`, where it checks nothing. */
  readonly invokers: readonly string[] | 'allUsers';
  /** The application behind it: gets what is let in, as a container of Cloud Run does. */
  readonly container: (request: IncomingMessage, response: ServerResponse) => unknown;
}

/**
 * A listener for `createServer` that stands before an application as Cloud Run's front end does: X-Serverless-Authorization
 * before Authorization, 401 and 403 with Google's pages, and the signature of X-Serverless-Authorization taken off.
 */
export function frontEnd(given: FrontEndOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const { issuer, audience, invokers, container } = given;
  const common = { mode: 'signature', audience, allowedCallers: null, jwks: issuer.jwks } as const;
  const consumed = createVerifier({ ...common, header: SERVERLESS_AUTHORIZATION });
  const other = createVerifier({ ...common, header: AUTHORIZATION });

  const statusFor = async ({ rawHeaders }: IncomingMessage): Promise<200 | 401 | 403> => {
    if (invokers === 'allUsers') return 200;
    try {
      const isConsumed = findHeader(rawHeaders, SERVERLESS_AUTHORIZATION) !== undefined;
      const { email } = await (isConsumed ? consumed : other).verifyHeaders(rawHeaders);
      return invokers.includes(email) ? 200 : 403;
    } catch (error) {
      return error instanceof CallerError && error.code === 'RUN_AUTH_NO_TOKEN' ? 403 : 401;
    }
  };

  return (request, response) => {
    statusFor(request).then((status) => {
      if (status === 200) {
        takeSignature(request);
        container(request, response);
      } else refuse(request, response, status);
    });
  };
}

const CHALLENGE = 'Bearer error="invalid_token" error_description="The access token could not be verified"';
const PAGES = {
  401: { title: 'Unauthorized', before: 'Your client does not have permission to the requested URL', after: '.' },
  403: {
    title: 'Forbidden',
    before: 'Your client does not have permission to get URL',
    after: ' from this server.',
  },
};

function refuse({ url = '' }: IncomingMessage, response: ServerResponse, status: 401 | 403): void {
  const { title, before, after } = PAGES[status];
  const path = url.split('?')[0]?.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  response.writeHead(status, {
    'content-type': 'text/html; charset=UTF-8',
    server: 'Google Frontend',
    ...(status === 401 && { 'www-authenticate': CHALLENGE }),
  });
  // The 401 page begins with a line break, the other does not.
  response.end(`${status === 401 ? '\n' : ''}<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>${status} ${title}</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>Error: ${title}</h1>
<h2>${before} <code>${path}</code>${after}</h2>
<h2></h2>
</body></html>
`);
}

/** Cloud Run does so on public services, too, where it has checked nothing. */
function takeSignature({ rawHeaders, headers }: IncomingMessage): void {
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.toLowerCase() === SERVERLESS_AUTHORIZATION)
      rawHeaders[index + 1] = withoutSignature(`${rawHeaders[index + 1]}`);
  const value = headers[SERVERLESS_AUTHORIZATION];
  if (typeof value === 'string') headers[SERVERLESS_AUTHORIZATION] = withoutSignature(value);
}
