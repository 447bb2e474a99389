import type { FrontEndStatus } from '../errors.ts';

/** Google's pages, as they come from Cloud Run's front end for the path `/x`. */
export const GOOGLE_PAGES: Readonly<Record<FrontEndStatus, string>> = {
  401: `\n${page(
    '401 Unauthorized',
    'Error: Unauthorized',
    'Your client does not have permission to the requested URL <code>/x</code>.',
  )}`,
  403: page(
    '403 Forbidden',
    'Error: Forbidden',
    'Your client does not have permission to get URL <code>/x</code> from this server.',
  ),
  404: page('404 Page not found', 'Error: Page not found', 'The requested URL was not found on this server.'),
};

function page(title: string, heading: string, sentence: string): string {
  return `<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>${title}</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>${heading}</h1>
<h2>${sentence}</h2>
<h2></h2>
</body></html>
`;
}

/** The page with the robot, by which Google answers for paths of its own on every host. */
export function robotPage(status: FrontEndStatus, title: string, sentence: string): string {
  return `<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <meta name=viewport content="initial-scale=1, minimum-scale=1, width=device-width">
  <title>Error ${status} (${title})!!1</title>
  <style>
    *{margin:0;padding:0}html,code{font:15px/22px arial,sans-serif}* > body{background:url(//www.google.com/images/errors/robot.png) 100% 5px no-repeat}
  </style>
  <a href=//www.google.com/><span id=logo aria-label=Google></span></a>
  <p><b>${status}.</b> <ins>That’s an error.</ins>
  <p>${sentence}  <ins>That’s all we know.</ins>
`;
}
