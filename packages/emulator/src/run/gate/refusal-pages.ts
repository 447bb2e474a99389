import { escapeHtml } from '../../internal/html.ts';

/** What the gate answers by itself as a page. */
export type RefusalStatus = 400 | 401 | 403 | 404 | 405 | 411 | 413 | 417 | 500;

interface Page {
  readonly title: string;
  readonly heading: string;
  readonly sentence: (path: string) => string;
}

const pages: Readonly<Record<RefusalStatus, Page>> = {
  400: {
    title: '400 Bad Request',
    heading: 'Error: Bad Request',
    sentence: () => 'Your client has issued a malformed or illegal request.',
  },
  401: {
    title: '401 Unauthorized',
    heading: 'Error: Unauthorized',
    sentence: (path) => `Your client does not have permission to the requested URL <code>${path}</code>.`,
  },
  403: {
    title: '403 Forbidden',
    heading: 'Error: Forbidden',
    sentence: (path) => `Your client does not have permission to get URL <code>${path}</code> from this server.`,
  },
  404: {
    title: '404 Page not found',
    heading: 'Error: Page not found',
    sentence: () => 'The requested URL was not found on this server.',
  },
  405: {
    title: '405 Method Not Allowed',
    heading: 'Error: Method Not Allowed',
    sentence: () => 'The request method is inappropriate for the URL.',
  },
  411: {
    title: '411 Length Required',
    heading: 'Error: Length Required',
    sentence: () => 'POST requests require a <code>Content-length</code> header.',
  },
  413: {
    title: '413 Request Entity Too Large',
    heading: 'Error: Request Entity Too Large',
    sentence: () => 'Your client issued a request that was too large.\n',
  },
  417: {
    title: '417 Expectation Failed',
    heading: 'Error: Expectation Failed',
    sentence: () => 'The server cannot meet what your client expects of it.',
  },
  500: {
    title: '500 Server Error',
    heading: 'Error: Server Error',
    sentence: () =>
      'The server encountered an error and could not complete your request.<p>Please try again in 30 seconds.',
  },
};

/** Pages that were seen to begin with a line break: 272 bytes are the page for 404, 286 that for 411. */
const afterBreak: ReadonlySet<RefusalStatus> = new Set([401, 404, 411]);

/** Cloud Run's own page for a refusal. @param path is told in the pages for 401 and 403 alone */
export function refusalPage(status: RefusalStatus, path: string): string {
  const { title, heading, sentence } = pages[status];
  return `${afterBreak.has(status) ? '\n' : ''}<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>${title}</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>${heading}</h1>
<h2>${sentence(escapeHtml(path))}</h2>
<h2></h2>
</body></html>
`;
}
