import type { FrontEndStatus } from '../errors.ts';
import { PageReader } from './front-end-page.ts';

/** Whether status and type are those of the front end's pages, so that the body is worth a look. */
export function mayBeFrontEndPage(status: number, contentType: string): status is FrontEndStatus {
  return (status === 401 || status === 403 || status === 404) && /^text\/html\b/i.test(contentType);
}

/** Whether a response was written by the front end in place of the receiver, and with which status. */
export async function frontEndStatus(response: Response): Promise<FrontEndStatus | undefined> {
  const { status, headers } = response;
  if (!mayBeFrontEndPage(status, String(headers.get('content-type')))) return undefined;
  return (await isFrontEndPage(status, response.clone())) ? status : undefined;
}

/** Reads no further than it can be one: an application's page may be long, or come to no end. */
async function isFrontEndPage(status: FrontEndStatus, response: Response): Promise<boolean> {
  const reader = response.body?.getReader();
  const page = new PageReader(status);
  let isWhole = false;
  while (reader !== undefined && page.mayBe) {
    const { done, value } = await reader.read();
    isWhole = done && page.isWhole;
    if (done) break;
    page.read(value);
  }
  // Not awaited: one half of a cloned body is not done with until the other has been read.
  reader?.cancel().catch(() => {});
  return isWhole;
}
