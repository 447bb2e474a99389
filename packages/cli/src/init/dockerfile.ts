/** What the last stage of a Dockerfile starts: a text for the shell or a list of words, as it is written there. */
export function commandOfDockerfile(text: string): string | readonly string[] | undefined {
  const lines = text.replaceAll(/\\\r?\n/g, ' ').split(/\r?\n/);
  let entry: string | readonly string[] | undefined;
  let command: string | readonly string[] | undefined;
  for (const line of lines) {
    const [, instruction = '', rest = ''] = /^\s*(FROM|CMD|ENTRYPOINT)\s+(.*\S)\s*$/i.exec(line) ?? [];
    if (/^from$/i.test(instruction)) entry = command = undefined;
    if (/^entrypoint$/i.test(instruction)) entry = written(rest);
    if (/^cmd$/i.test(instruction)) command = written(rest);
  }
  // A shell form takes no words behind it.
  if (typeof entry === 'string' || command === undefined) return entry;
  return entry === undefined || typeof command === 'string' ? command : [...entry, ...command];
}

function written(rest: string): string | readonly string[] | undefined {
  if (!rest.startsWith('[')) return rest;
  try {
    const words: unknown = JSON.parse(rest);
    return Array.isArray(words) && words.length > 0 && words.every((one) => typeof one === 'string' && one !== '')
      ? words
      : undefined;
  } catch {
    return undefined;
  }
}
