/** UTF-16 units; Google's have about a thousand. */
export const LONGEST_TOKEN = 16 * 1024;

/** Whether a text can stand in a header as a JWT, whoever signed it. */
export function looksLikeToken(text: string): boolean {
  return text.length <= LONGEST_TOKEN && /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text);
}
