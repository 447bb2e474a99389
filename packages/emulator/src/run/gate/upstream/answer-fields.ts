/** Bytes that are no answer in HTTP/1.1. `rawPacket` is where they begin, as node:http has it. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';
  readonly rawPacket: Buffer | undefined;

  constructor(reason: string, rawPacket?: Buffer) {
    super(`its answer is no HTTP/1.1: ${reason}`);
    this.rawPacket = rawPacket;
  }
}

/** The header fields or the trailers of an answer, with what they say of where it ends. */
export interface AnswerFields {
  /** Names, in lower case, and values in turn. */
  readonly headers: string[];
  readonly length: number | undefined;
  /** In lower case; `several` where there is more than one field. */
  readonly coding: string | undefined;
  /** All of `Connection`, in lower case. */
  readonly connection: string;
  /** All of `Keep-Alive`. */
  readonly keepAlive: string;
}

const token = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const notInValues = /[^\t\x20-\x7e\x80-\xff]/;
/** As many digits as are exact in JavaScript. */
const lengthForm = /^\d{1,15}$/;

/**
 * Reads field lines, as strictly as node:http reads those of requests: no folded values, no blanks before colons, no
 * control characters, one length at most, and none beside a coding.
 * @param text lines from `at` on, with their ends between them
 * @param most bytes of names and values together
 * @throws MalformedAnswer
 * @see RFC 9112 sections 5 and 6
 */
export function readFields(text: string, from: number, most: number): AnswerFields {
  const headers: string[] = [];
  let [bytes, connection, keepAlive] = [0, '', ''];
  let length: number | undefined;
  let coding: string | undefined;
  for (let at = from; at < text.length; ) {
    const next = text.indexOf('\r\n', at);
    const end = next < 0 ? text.length : next;
    const colon = text.indexOf(':', at);
    if (colon <= at || colon > end) throw new MalformedAnswer('a header has no name');
    const name = text.slice(at, colon).toLowerCase();
    const value = trimmed(text, colon + 1, end);
    if (!token.test(name)) throw new MalformedAnswer('the name of a header is none');
    if (notInValues.test(value)) throw new MalformedAnswer(`${name} has a character that no header has`);
    bytes += name.length + value.length;
    if (bytes >= most) throw new MalformedAnswer('its header fields are longer than they may be');
    if (name === 'content-length') {
      if (length !== undefined || !lengthForm.test(value)) throw new MalformedAnswer('its length is none');
      length = Number(value);
    } else if (name === 'transfer-encoding') coding = coding === undefined ? value.toLowerCase() : 'several';
    else if (name === 'connection') connection += `,${value.toLowerCase()}`;
    else if (name === 'keep-alive') keepAlive += `,${value}`;
    headers.push(name, value);
    at = end + 2;
  }
  if (length !== undefined && coding !== undefined) throw new MalformedAnswer('it has a length and a coding');
  return { headers, length, coding, connection, keepAlive };
}

/** Without the blanks and tabs around it, which belong to no value. */
function trimmed(text: string, from: number, to: number): string {
  let [start, end] = [from, to];
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
