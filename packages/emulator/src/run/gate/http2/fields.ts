import type { OutgoingHttpHeaders as Fields } from 'node:http2';

/** Of one connection, which HTTP/2 says by frames. @see RFC 9113 section 8.2.2 */
const ofOneConnection: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** Fields as HTTP/2 has them: names in lower case, each with its value or values. @param sent names and values in turn */
export function fieldsOf(sent: readonly unknown[]): Fields {
  const fields: Fields = Object.create(null);
  for (let index = 0; index < sent.length; index += 2) {
    const name = String(sent[index]).toLowerCase();
    if (ofOneConnection.has(name)) continue;
    const value = String(sent[index + 1]);
    const known = fields[name] as string | string[] | undefined;
    if (known === undefined) fields[name] = value;
    else if (Array.isArray(known)) known.push(value);
    else fields[name] = [known, value];
  }
  return fields;
}
