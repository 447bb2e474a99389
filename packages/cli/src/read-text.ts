/**
 * The body of an answer, which may be longer by one piece: whoever sends without an end is not listened to any more.
 * @param atMost UTF-16 units
 */
export async function readText(response: Response, atMost: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  // Leaving the loop cancels the body.
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > atMost) break;
  }
  return text;
}
