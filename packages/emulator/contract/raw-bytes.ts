import fc from 'fast-check';

/** Header fields as a caller or a container might send them, well-formed or nearly. */
export function fieldsOf(names: readonly string[], values: readonly string[]): fc.Arbitrary<[string, string][]> {
  const name = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...names) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('__proto__', 'constructor', 'X@()', 'X ', '', ':path', 'X_Y', 'x-google-a'),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
  );
  const value = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...values) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', '\t', 'caf\xe9', 'a\r\n b', 'a\0b', 'a\rb', 'a\nb', '\x01', 'x'.repeat(9000)),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  );
  return fc.array(fc.tuple(name, value), { maxLength: 5 });
}

export const lineEnd = fc.oneof(
  { weight: 20, arbitrary: fc.constant('\r\n') },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\r', '\r\n ', '\r\r\n') },
);

export interface Body {
  readonly fields: readonly string[];
  readonly bytes: string;
  /** What a reader gets, where the framing is as it should be. */
  readonly text: string | undefined;
  /** Whether where it ends is clear, so that what comes after it is another message. */
  readonly clear: boolean;
}

const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled';

const content = fc.constantFrom('', 'x', 'hello', '0\r\n\r\n', smuggled, 'x'.repeat(3000));
const chunksOf = (text: string) => `${text === '' ? '' : `${text.length.toString(16)}\r\n${text}\r\n`}0\r\n\r\n`;

const good: fc.Arbitrary<Body> = fc.oneof(
  content.map((text) => ({ fields: [`Content-Length: ${text.length}`], bytes: text, text, clear: true })),
  content.map((text) => ({ fields: ['Transfer-Encoding: chunked'], bytes: chunksOf(text), text, clear: true })),
);
const bad: fc.Arbitrary<Body> = fc
  .record({
    fields: fc.constantFrom(
      ['Content-Length: 3'],
      ['Content-Length: -1'],
      ['Content-Length: 0x5'],
      ['Content-Length: 5', 'Content-Length: 6'],
      ['Content-Length: 5, 5'],
      ['Content-Length: 5', 'Transfer-Encoding: chunked'],
      ['Transfer-Encoding: chunked'],
      ['Transfer-Encoding: gzip, chunked'],
      ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
      ['Transfer-Encoding: xchunked'],
      ['Transfer-Encoding:\x0bchunked'],
      ['Content-Length : 5'],
    ),
    bytes: fc.constantFrom(
      'hello',
      'zz\r\n',
      '5\r\nhello',
      '5;x\r\nhello\r\n0\r\n\r\n',
      '-1\r\n',
      '1\nx\n0\n\n',
      smuggled,
      `0\r\n\r\n${smuggled}`,
    ),
  })
  .map((made) => ({
    ...made,
    text: undefined,
    clear: ['Content-Length: 3', 'Transfer-Encoding: chunked'].includes(made.fields.join()),
  }));

/** A body and what frames it. */
export const body: fc.Arbitrary<Body> = fc.oneof({ weight: 3, arbitrary: good }, { weight: 2, arbitrary: bad });

/** Runs of all properties of a suite together, and where they begin: `RUN_EDGES_FUZZ=50000 RUN_EDGES_SEED=7` for others. */
export function fuzzing(share: number): { readonly numRuns: number; readonly seed: number } {
  const { RUN_EDGES_FUZZ: size, RUN_EDGES_SEED: chosen } = process.env;
  const seed = Number(chosen ?? (size === undefined ? 1 : Date.now() % 1_000_000));
  return { numRuns: Math.max(50, Math.floor(Number(size ?? 3000) * share)), seed };
}
