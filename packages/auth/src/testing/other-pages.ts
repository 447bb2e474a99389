import type { FrontEndStatus } from '../errors.ts';

/** The pages that other servers and frameworks have of their own for 401, 403 and 404, in part with Google's sentences. */
export const OTHER_PAGES: readonly (readonly [server: string, status: FrontEndStatus, page: string])[] = [
  ...nginx(401, '401 Authorization Required'),
  ...nginx(403, '403 Forbidden'),
  ...nginx(404, '404 Not Found'),
  apache(401, 'Unauthorized', 'This server could not verify that you are authorized to access the document requested.'),
  apache(403, 'Forbidden', "You don't have permission to access this resource."),
  apache(403, 'Forbidden', 'Your client does not have permission to get URL <code>/x</code> from this server.'),
  apache(404, 'Not Found', 'The requested URL was not found on this server.'),
  apache(404, 'Not Found', 'The requested URL /x was not found on this server.'),
  ...flask(401, 'Unauthorized', 'The server could not verify that you are authorized to access the URL requested.'),
  ...flask(403, 'Forbidden', 'You don&#39;t have the permission to access the requested resource.'),
  ...flask(
    404,
    'Not Found',
    'The requested URL was not found on the server. If you entered the URL manually please check.',
  ),
  ['Django', 403, django('403 Forbidden', '')],
  ['Django', 404, django('Not Found', 'The requested resource was not found on this server.')],
  ['Express', 401, express('Unauthorized')],
  ['Express', 404, express('Cannot GET /x')],
  ['Spring', 401, spring(401, 'Unauthorized')],
  ['Spring', 403, spring(403, 'Forbidden')],
  ['Spring', 404, spring(404, 'Not Found')],
  ['Rails', 404, rails("The page you were looking for doesn't exist.")],
  ['IIS', 401, iis('401 - Unauthorized: Access is denied due to invalid credentials.')],
  ['IIS', 403, iis('403 - Forbidden: Access is denied.')],
  ['IIS', 404, iis('404 - File or directory not found.')],
  [
    'http.sys',
    404,
    '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/strict.dtd">\r\n<HTML><HEAD><TITLE>Not Found</TITLE>\r\n<META HTTP-EQUIV="Content-Type" Content="text/html; charset=us-ascii"></HEAD>\r\n<BODY><h2>Not Found</h2>\r\n<hr><p>HTTP Error 404. The requested resource is not found.</p>\r\n</BODY></HTML>\r\n',
  ],
  [
    'Tomcat',
    404,
    '<!doctype html><html lang="en"><head><title>HTTP Status 404 – Not Found</title></head><body><h1>HTTP Status 404 – Not Found</h1><hr class="line" /><p><b>Type</b> Status Report</p><p><b>Message</b> The requested resource [/x] is not available</p><hr class="line" /><h3>Apache Tomcat/10.1</h3></body></html>',
  ],
  [
    'Jetty',
    404,
    '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>\n<title>Error 404 Not Found</title>\n</head>\n<body><h2>HTTP ERROR 404 Not Found</h2>\n</body>\n</html>\n',
  ],
  ['Caddy', 404, ''],
  [
    'Next.js',
    404,
    '<!DOCTYPE html><html><head><meta charSet="utf-8"/><title>404: This page could not be found</title></head><body><div id="__next"><h1>404</h1><h2>This page could not be found.</h2></div></body></html>',
  ],
  [
    'a content network',
    403,
    '<!DOCTYPE html>\n<html lang="en-US"><head><title>Attention Required!</title></head><body><h1>Sorry, you have been blocked</h1><h2>You are unable to access example.com</h2></body></html>',
  ],
  ['Trac', 403, '<!DOCTYPE html>\n<html><body><h1>Error: Forbidden</h1></body></html>'],
  ['a handler', 404, '<h1>Error: Page not found</h1>'],
  [
    'a handler',
    401,
    '<title>401 Unauthorized</title>\n<h1>Error: Unauthorized</h1>\n<h2>User does not have permission to view this page.</h2>',
  ],
  [
    'a handler',
    404,
    '<title>404 Not Found</title>\n<h1>Error: Not Found</h1>\n<h2>The requested URL <code>/x</code> was not found on this server.</h2>',
  ],
];

type Row = (typeof OTHER_PAGES)[number];

function nginx(status: FrontEndStatus, title: string): Row[] {
  const page = (name: string): string =>
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>${name}</center>\r\n</body>\r\n</html>\r\n`;
  return ['nginx', 'openresty'].map((name) => [name, status, page(name)]);
}

function apache(status: FrontEndStatus, title: string, sentence: string): Row {
  return [
    'Apache',
    status,
    `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>${status} ${title}</title>\n</head><body>\n<h1>${title}</h1>\n<p>${sentence}</p>\n<hr>\n<address>Apache/2.4.66 (Debian) Server at localhost Port 80</address>\n</body></html>\n`,
  ];
}

function flask(status: FrontEndStatus, title: string, sentence: string): Row[] {
  const rest = `<title>${status} ${title}</title>\n<h1>${title}</h1>\n<p>${sentence}</p>\n`;
  return [
    ['Flask', status, `<!doctype html>\n<html lang=en>\n${rest}`],
    ['an older Flask', status, `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n${rest}`],
  ];
}

function django(title: string, sentence: string): string {
  return `\n<!doctype html>\n<html lang="en">\n<head>\n  <title>${title}</title>\n</head>\n<body>\n  <h1>${title}</h1><p>${sentence}</p>\n</body>\n</html>\n`;
}

function express(text: string): string {
  return `<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n<body>\n<pre>${text}</pre>\n</body>\n</html>\n`;
}

function spring(status: FrontEndStatus, title: string): string {
  return `<html><body><h1>Whitelabel Error Page</h1><p>This application has no explicit mapping for /error, so you are seeing this as a fallback.</p><div id='created'>Mon Jan 05 10:00:00 UTC 2026</div><div>There was an unexpected error (type=${title}, status=${status}).</div></body></html>`;
}

function rails(sentence: string): string {
  return `<!DOCTYPE html>\n<html>\n<head>\n  <title>${sentence} (404)</title>\n  <meta name="viewport" content="width=device-width,initial-scale=1">\n</head>\n\n<body class="rails-default-error-page">\n  <div class="dialog"><h1>${sentence}</h1></div>\n</body>\n</html>\n`;
}

function iis(title: string): string {
  return `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\r\n<html xmlns="http://www.w3.org/1999/xhtml">\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"/>\r\n<title>${title}</title>\r\n</head>\r\n<body>\r\n<div id="header"><h1>Server Error</h1></div>\r\n<div id="content"><h2>${title}</h2></div>\r\n</body>\r\n</html>\r\n`;
}
