/** One answer as a caller reads it from its connection. */
export interface ReadAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  /** Whether it ends where it says that it does. */
  readonly whole: boolean;
}

/**
 * Reads what came back on one connection, as strictly as RFC 9112 has it: whatever is left over, or in no place, throws.
 * @param methods of the requests, in order; those beyond are GET
 */
export function answersIn(text: string, methods: readonly string[] = []): ReadAnswer[] {
  const answers: ReadAnswer[] = [];
  let rest = text;
  for (let index = 0; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return [...answers, { status: 0, head: rest, body: '', whole: false }];
    const head = rest.slice(0, end);
    const [line = '', ...fields] = head.split('\r\n');
    const status = Number(/^HTTP\/1\.1 ([1-5]\d\d) [\t\x20-\x7e]*$/.exec(line)?.[1] ?? Number.NaN);
    if (Number.isNaN(status)) throw new Error(`no answer begins here: ${JSON.stringify(rest.slice(0, 200))}`);
    for (const field of fields)
      if (!/^[\w!#$%&'*+.^`|~-]+:[\t\x20-\x7e\x80-\xff]*$/.test(field))
        throw new Error(`no header: ${JSON.stringify(field)}`);
    rest = rest.slice(end + 4);
    if (status === 101) return [...answers, { status, head, body: rest, whole: true }];
    const method = status < 200 ? 'HEAD' : (methods[index++] ?? 'GET');
    const read = bodyIn(rest, fields, status, method);
    answers.push({ status, head, body: read.body, whole: read.whole });
    rest = read.rest;
  }
  return answers;
}

/** The values of a header. */
export function valuesIn({ head }: ReadAnswer, name: string): string[] {
  const fields = head
    .split('\r\n')
    .slice(1)
    .map((field) => [field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 1)]);
  return fields.flatMap(([key = '', value = '']) => (key.toLowerCase() === name ? [value.trim()] : []));
}

function bodyIn(text: string, fields: readonly string[], status: number, method: string) {
  const only = (name: string) => {
    const values = fields.filter((field) => field.toLowerCase().startsWith(`${name}:`));
    if (values.length > 1) throw new Error(`${name} twice`);
    return values[0]?.slice(name.length + 1).trim();
  };
  const length = only('content-length');
  const coding = only('transfer-encoding');
  if (length !== undefined && coding !== undefined) throw new Error('two ways to read the body');
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304)
    return { body: '', whole: true, rest: text };
  if (coding !== undefined) return chunksIn(text);
  if (length === undefined) return { body: text, whole: true, rest: '' };
  if (!/^\d+$/.test(length)) throw new Error(`no length: ${length}`);
  return {
    body: text.slice(0, Number(length)),
    whole: text.length >= Number(length),
    rest: text.slice(Number(length)),
  };
}

function chunksIn(text: string) {
  let [body, rest] = ['', text];
  for (;;) {
    const size = /^([\da-f]+)\r\n/i.exec(rest);
    if (size === null) return { body, whole: false, rest: '' };
    const bytes = Number.parseInt(size[1] as string, 16);
    rest = rest.slice(size[0].length);
    if (bytes === 0) {
      const trailers = /^(?:[^\r\n]+\r\n)*\r\n/.exec(rest);
      return { body, whole: trailers !== null, rest: trailers === null ? '' : rest.slice(trailers[0].length) };
    }
    if (rest.length < bytes + 2) return { body: body + rest, whole: false, rest: '' };
    body += rest.slice(0, bytes);
    rest = rest.slice(bytes + 2);
  }
}
