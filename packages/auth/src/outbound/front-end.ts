import type { FrontEndStatus } from '../errors.ts';

/** Google's page is under 1 KB; an application's page is read no further than this. */
export const PAGE_LIMIT = 4_096;

/**
 * The sentences of the pages by which Cloud Run's front end refuses. The `server` header does not tell the two apart:
 * Google sets it on the application's responses too.
 * https://docs.cloud.google.com/run/docs/troubleshooting
 */
const PAGES: Record<FrontEndStatus, RegExp> = {
  401: /Your client does not have permission to the requested URL <code>/,
  403: /Your client does not have permission to get URL <code>/,
  404: /<h1>Error: (?:Page )?not found<\/h1>|The requested URL <code>[^<]*<\/code> was not found on this server|The requested URL was not found on this server/i,
};

/** Whether status and type are those of such a page, so that the body is worth a look. */
export function mayBeFrontEndPage(status: number, contentType: string): status is FrontEndStatus {
  return (status === 401 || status === 403 || status === 404) && /^text\/html\b/i.test(contentType);
}

/** Whether a body is the front end's page. */
export function isFrontEndPage(status: FrontEndStatus, text: string): boolean {
  return PAGES[status].test(text);
}

/** Whether a response was written by the front end in place of the receiver, and with which status. */
export async function frontEndStatus(response: Response): Promise<FrontEndStatus | undefined> {
  const { status, headers } = response;
  if (!mayBeFrontEndPage(status, String(headers.get('content-type')))) return undefined;
  return isFrontEndPage(status, await beginning(response.clone())) ? status : undefined;
}

async function beginning(response: Response): Promise<string> {
  let text = '';
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  while (reader !== undefined && text.length < PAGE_LIMIT) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  // Not awaited: one half of a cloned body is not done with until the other has been read.
  reader?.cancel().catch(() => {});
  return text.slice(0, PAGE_LIMIT);
}
