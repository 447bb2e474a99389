import type { AnswerHead } from './container-client.ts';

/** Interim answers that one request may get: a container that sends more would go on for ever. */
export const MOST_INTERIM_ANSWERS = 100;

/** What is wrong with the head of an answer beyond what parsers look at, or undefined. @see RFC 9110 section 15 */
export function faultIn({ status, headers }: AnswerHead): string | undefined {
  if (status < 200 || status > 599) return `the status ${status} is none`;
  let coding: string | undefined;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    if (name.length !== 17 || name.toLowerCase() !== 'transfer-encoding') continue;
    coding = coding === undefined ? headers[index + 1]?.trim().toLowerCase() : 'several';
  }
  return coding === undefined || coding === 'chunked' ? undefined : 'its transfer coding is not known here';
}

/** What is wrong with the answer that agrees to speak another protocol, or undefined. @see RFC 9110 section 15.2.2 */
export function faultInSwitch({ headers }: AnswerHead): string | undefined {
  const agreed = headers.filter((_, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === 'upgrade');
  const asWished = agreed.length === 1 && agreed[0]?.toLowerCase() === 'websocket';
  return asWished ? undefined : 'it switched to another protocol than it was asked for';
}

/** A reason phrase as it may be passed on; others say no more than their status. */
export function plainReason(reason: string): string | undefined {
  return /^[\t\x20-\x7e]*$/.test(reason) ? reason : undefined;
}

/** Whether an answer ends with its head. @see RFC 9112 section 6.3 */
export function isBodiless(status: number, method: string | undefined): boolean {
  return status === 204 || status === 304 || method === 'HEAD';
}
