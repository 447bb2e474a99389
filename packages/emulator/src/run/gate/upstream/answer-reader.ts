import { isBodiless, MOST_INTERIM_ANSWERS } from './answer-faults.ts';
import { type AnswerFields, MalformedAnswer, readFields } from './answer-fields.ts';
import type { AnswerHandler } from './container-client.ts';

/** What is told what is read. */
export type AnswerSink = Pick<AnswerHandler, 'onHead' | 'onData' | 'onEnd'>;

type Part = 'head' | 'body' | 'all until the end' | 'chunk size' | 'chunk' | 'end of chunk' | 'trailers';

const lineEnd = Buffer.from('\r\n');
const blankLine = Buffer.from('\r\n\r\n');
const statusLine = /^HTTP\/(0\.9|1\.0|1\.1|2\.0) (\d{3})(?: ([^\r\n]*))?$/;
const beginning = 'HTTP/';
const bareLineFeed = /[^\r]\n/;
/** Hex digits, as many as are exact in JavaScript, and what may come behind them. @see RFC 9112 section 7.1 */
const chunkSize = /^([\da-f]{1,13})(?:;[\t\x20-\x7e\x80-\xff]*)?$/i;
const LONGEST_SIZE_LINE = 16_384;

/**
 * Reads the answers that come on one connection, each to its end: no byte of one is taken for another's. There is one
 * reading of each, or none. Codings other than chunks are told with the head, and are for others to refuse.
 * @see RFC 9112
 */
export class AnswerReader {
  readonly #maxHeaderBytes: number;
  #sink: AnswerSink | undefined;
  #method = '';
  #interim = 0;
  #part: Part = 'head';
  /** Bytes that are to come of the body, or of the chunk. */
  #left = 0;
  /** What has come of lines whose end has not, and the last of it. */
  #kept = '';
  #tail = '';
  /** Where the bytes behind those lines begin. */
  #behind = 0;
  #keepAlive = false;
  #hint: number | undefined;
  /** Containers say the same each time. */
  #hintedBy = '';

  /** @param maxHeaderBytes of names and values together */
  constructor(maxHeaderBytes: number) {
    this.#maxHeaderBytes = maxHeaderBytes;
  }

  /** Whether no answer is expected, or all of it was told. */
  get isOver(): boolean {
    return this.#sink === undefined;
  }

  /** Whether another request may be sent after this answer. */
  get keepAlive(): boolean {
    return this.#keepAlive;
  }

  /** Milliseconds for which the container says that it waits for one. */
  get hint(): number | undefined {
    return this.#hint;
  }

  /** Expects the answer to a request of this method. */
  expect(method: string, sink: AnswerSink): void {
    this.#method = method;
    this.#sink = sink;
    this.#interim = 0;
    this.#keepAlive = false;
    this.#goOn('head');
  }

  /** Nothing more is told. */
  stop(): void {
    this.#sink = undefined;
    this.#keepAlive = false;
  }

  /** @returns false where the sink wants to wait @throws MalformedAnswer */
  read(bytes: Buffer): boolean {
    let [at, ready] = [0, true];
    while (at < bytes.length) {
      const sink = this.#sink;
      if (sink === undefined) {
        // More than the answer: whose that is, nobody knows.
        this.#keepAlive = false;
        return true;
      }
      if (this.#part === 'body' || this.#part === 'chunk' || this.#part === 'all until the end') {
        const end = Math.min(bytes.length, at + this.#left);
        const last = this.#part === 'body' && end - at === this.#left;
        this.#left -= end - at;
        // What it is read into is used again.
        ready = sink.onData(Buffer.from(bytes.subarray(at, end)), last);
        at = end;
        if (this.#left === 0) this.#ended(sink);
      } else {
        this.#readLines(bytes, at, sink);
        at = this.#behind;
      }
    }
    return ready;
  }

  /** The connection has ended: with it the answer, where that is how it ends. */
  end(): boolean {
    if (this.#part !== 'all until the end' || this.#sink === undefined) return false;
    this.#finish(this.#sink, none);
    return true;
  }

  #ended(sink: AnswerSink): void {
    if (this.#sink === undefined) return;
    if (this.#part === 'chunk') this.#goOn('end of chunk');
    else this.#finish(sink, none);
  }

  #readLines(bytes: Buffer, at: number, sink: AnswerSink): void {
    const part = this.#part;
    const many = part === 'head' || part === 'trailers';
    const text = this.#until(many ? blankLine : lineEnd, bytes, at);
    if (text === undefined) {
      const longest = many ? 4 * this.#maxHeaderBytes : LONGEST_SIZE_LINE;
      if (this.#kept.length > longest) throw new MalformedAnswer('a line is longer than it may be');
      return;
    }
    if (part === 'head') this.#begin(text, bytes, sink);
    else if (part === 'trailers') this.#finish(sink, readFields(text, lineEnd.length, this.#maxHeaderBytes).headers);
    else if (part === 'chunk size') this.#beginChunk(text);
    else if (text === '') this.#goOn('chunk size');
    else throw new MalformedAnswer('a chunk is longer than its size');
  }

  #begin(text: string, bytes: Buffer, sink: AnswerSink): void {
    const end = text.indexOf('\r\n');
    const [, version, digits, reason = ''] = statusLine.exec(end < 0 ? text : text.slice(0, end)) ?? [];
    const status = Number(digits);
    if (digits === undefined) throw new MalformedAnswer('it begins with no status', bytes);
    const fields = readFields(text, end < 0 ? text.length : end + 2, this.#maxHeaderBytes);
    if (status === 101) throw new MalformedAnswer('it switched protocols unasked');
    if (status >= 100 && status < 200) {
      // For this hop alone.
      if (++this.#interim > MOST_INTERIM_ANSWERS) throw new MalformedAnswer('it never came to its end');
      return;
    }
    const { headers, length, coding } = fields;
    const bodiless = isBodiless(status, this.#method);
    const ends = bodiless || coding === 'chunked' || (coding === undefined && length !== undefined);
    this.#persist(fields, version, ends && !this.#mayBeFollowed(status, fields));
    if (coding === 'chunked') this.#goOn('chunk size');
    else {
      this.#goOn(coding === undefined && length !== undefined ? 'body' : 'all until the end');
      this.#left = length ?? Number.POSITIVE_INFINITY;
    }
    sink.onHead({ status, reason, headers, length: bodiless ? undefined : length });
    // Whoever was told may have stopped it.
    if (this.#sink !== undefined && (bodiless || this.#left === 0)) this.#finish(sink, none);
  }

  /** Whether a container that errs may send a body after a head that has none. */
  #mayBeFollowed(status: number, { length = 0, coding }: AnswerFields): boolean {
    if (this.#method === 'HEAD') return true;
    return isBodiless(status, this.#method) && (length > 0 || coding !== undefined);
  }

  #persist({ connection, keepAlive }: AnswerFields, version: string | undefined, ends: boolean): void {
    const stays = version === '1.1' ? !names(connection, 'close') : names(connection, 'keep-alive');
    this.#keepAlive = ends && stays && !names(connection, 'close');
    if (keepAlive !== this.#hintedBy) this.#hint = hintIn(keepAlive);
    this.#hintedBy = keepAlive;
  }

  #beginChunk(line: string): void {
    const [, digits] = chunkSize.exec(line) ?? [];
    if (digits === undefined) throw new MalformedAnswer('the size of a chunk is none');
    const size = Number.parseInt(digits, 16);
    this.#goOn(size === 0 ? 'trailers' : 'chunk');
    this.#left = size;
    // So that a blank line ends trailers also where there are none.
    if (size === 0) this.#kept = this.#tail = '\r\n';
  }

  #finish(sink: AnswerSink, trailers: readonly string[]): void {
    this.#sink = undefined;
    sink.onEnd(trailers);
  }

  #goOn(part: Part): void {
    this.#part = part;
    this.#left = -1;
    this.#kept = this.#tail = '';
  }

  /** What comes before this end, which may lie in bytes that have not come: undefined then. */
  #until(end: Buffer, bytes: Buffer, at: number): string | undefined {
    if (this.#kept === '') {
      const found = bytes.indexOf(end, at);
      if (found >= 0) {
        this.#behind = found + end.length;
        return bytes.toString('latin1', at, found);
      }
    }
    const more = bytes.toString('latin1', at);
    // The last of what was kept alone: to look at all of it again and again takes long where it comes byte by byte.
    const seen = this.#tail + more;
    const found = seen.indexOf(end.toString('latin1'));
    const text = this.#kept + more;
    if (found < 0) {
      this.#keep(text, seen, bytes);
      return undefined;
    }
    this.#behind = bytes.length - (seen.length - found - end.length);
    this.#kept = this.#tail = '';
    return text.slice(0, text.length - (seen.length - found));
  }

  #keep(text: string, seen: string, bytes: Buffer): void {
    // What is none is known before its end, which may never come.
    const isFirst = this.#part === 'head' && this.#kept.length < beginning.length;
    const isOther = isFirst && !text.startsWith(beginning) && !beginning.startsWith(text);
    if (isOther || bareLineFeed.test(seen)) throw new MalformedAnswer('it is none', bytes);
    this.#kept = text;
    this.#tail = seen.slice(1 - blankLine.length);
    this.#behind = bytes.length;
  }
}

const none: readonly string[] = [];

/** Whether an option stands in `Connection`. */
function names(connection: string, option: string): boolean {
  return connection.includes(option) && connection.split(',').some((one) => one.trim() === option);
}

/** @see RFC 2068 section 19.7.1.1 */
function hintIn(keepAlive: string): number | undefined {
  const seconds = /(?:^|,)[\t ]*timeout=(\d+)/i.exec(keepAlive)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
