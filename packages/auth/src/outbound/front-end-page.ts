import type { FrontEndStatus } from '../errors.ts';

/** Google's pages have 1 to 2 KB, and the path that was asked for, which is at most this long. */
const LIMIT = 16_384;

/** What stands before and after something that holds no tag: the path that was asked for, or a style sheet. */
type Template = readonly string[];

/** A page of Cloud Run's front end. https://docs.cloud.google.com/run/docs/troubleshooting */
function page(title: string, heading: string, ...sentence: Template): Template {
  const [first = '', ...rest] = sentence;
  const parts = [
    `<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>${title}</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>Error: ${heading}</h1>
<h2>${first}`,
    ...rest,
  ];
  parts.push(`${parts.pop()}</h2>
<h2></h2>
</body></html>`);
  return parts.map(withoutGaps);
}

/** The page with the robot, by which Google answers for hosts and paths of its own (`/healthz`). */
function robot(status: FrontEndStatus, title: string, ...sentence: Template): Template {
  const [first = '', ...rest] = sentence;
  const parts = [
    `<!DOCTYPE html>
<html lang=en>
<meta charset=utf-8>
<meta name=viewport content="initial-scale=1, minimum-scale=1, width=device-width">
<title>Error ${status} (${title})!!1</title>
<style>`,
    `</style>
<a href=//www.google.com/><span id=logo aria-label=Google></span></a>
<p><b>${status}.</b> <ins>That’s an error.</ins>
<p>${first}`,
    ...rest,
  ];
  parts.push(`${parts.pop()}<ins>That’s all we know.</ins>`);
  return parts.map(withoutGaps);
}

const UNAUTHORIZED = ['Your client does not have permission to the requested URL <code>', '</code>.'];
const FORBIDDEN = ['Your client does not have permission to get URL <code>', '</code> from this server.'];
const NOT_FOUND = ['The requested URL <code>', '</code> was not found on this server.'];
const NOT_FOUND_AT_ALL = ['The requested URL was not found on this server.'];

/**
 * The pages by which Google refuses in place of the receiver, whole: single sentences of them others write, too. The
 * `server` header does not tell the two apart, since Google sets it on the application's responses as well.
 */
const PAGES: Readonly<Record<FrontEndStatus, readonly Template[]>> = {
  401: [page('401 Unauthorized', 'Unauthorized', ...UNAUTHORIZED), robot(401, 'Unauthorized', ...UNAUTHORIZED)],
  403: [page('403 Forbidden', 'Forbidden', ...FORBIDDEN), robot(403, 'Forbidden', ...FORBIDDEN)],
  404: [
    page('404 Page not found', 'Page not found', ...NOT_FOUND_AT_ALL),
    page('404 Not Found', 'Not Found', ...NOT_FOUND),
    robot(404, 'Not Found', ...NOT_FOUND),
    robot(404, 'Not Found', ...NOT_FOUND_AT_ALL),
  ],
};

/** Reads a body piece by piece, and knows as soon as it cannot be one of Google's pages any more. */
export class PageReader {
  readonly #templates: readonly Template[];
  readonly #decoder = new TextDecoder();
  #text = '';
  /** Whether what has been read can be the beginning of such a page. */
  mayBe = true;
  /** Whether what has been read is such a page. */
  isWhole = false;

  constructor(status: FrontEndStatus) {
    this.#templates = PAGES[status];
  }

  read(chunk: Uint8Array): void {
    this.#text += this.#decoder.decode(chunk, { stream: true });
    const text = withoutGaps(this.#text);
    const fits = this.#templates.map((template) => compare(text, template));
    this.isWhole = fits.includes('is');
    this.mayBe = this.#text.length <= LIMIT && fits.some((fit) => fit !== 'is not');
  }
}

/** Without the white space around tags, where it means nothing. Takes no longer for much of it. */
function withoutGaps(html: string): string {
  const parts = html.split(/([<>])/);
  return parts.map((part) => part.trim()).join('');
}

function compare(text: string, template: Template): 'is' | 'may become' | 'is not' {
  let at = 0;
  for (const [index, part] of template.entries()) {
    if (index > 0) at = text.indexOf('<', at);
    if (at < 0) return 'may become';
    const rest = text.slice(at, at + part.length);
    if (rest !== part) return at + rest.length === text.length && part.startsWith(rest) ? 'may become' : 'is not';
    at += part.length;
  }
  return at === text.length ? 'is' : 'is not';
}
