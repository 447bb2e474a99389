import fc from 'fast-check';

/** The part of JSON Schema that the descriptions use. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** An operation of an OpenAPI description. */
export interface Operation {
  readonly parameters?: readonly {
    name: string;
    in: 'path' | 'query' | 'header';
    required?: boolean;
    schema: Schema;
  }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
}

export interface FuzzedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** Whether it is as described: then it may only be refused for what is stored. */
  readonly valid: boolean;
}

/** Requests for one operation: half of them as described, the others wrong in one place or all over. */
export function arbitraryRequest(template: string, operation: Operation): fc.Arbitrary<FuzzedRequest> {
  const parameters = operation.parameters ?? [];
  const schema = operation.requestBody?.content['application/json'].schema;
  const valid = fc.record({
    parameters: fc.tuple(...parameters.map((parameter) => parameterOf(parameter.schema, parameter.required ?? false))),
    body: schema ? valueLike(schema).map((value) => JSON.stringify(value)) : fc.constant(undefined),
  });
  const wrong = fc.record({
    parameters: fc.tuple(
      ...parameters.map((parameter) => fc.oneof(parameterOf(parameter.schema, parameter.required ?? false), oddText)),
    ),
    body: schema ? wrongBody(schema) : fc.constant(undefined),
  });
  const extra = fc.constantFrom('', 'unknown=1', 'q=a&q=b', '%', '%00', '=&=', '__proto__=1', 'q[]=1');
  const type = fc.constantFrom(
    'application/json',
    'text/plain',
    'application/xml',
    'multipart/form-data',
    'nonsense',
    '',
  );
  return fc.oneof(
    valid.map((parts) => toRequest(template, operation, parts, '', 'application/json', true)),
    fc
      .tuple(wrong, extra, fc.oneof({ weight: 4, arbitrary: fc.constant('application/json') }, type))
      .map(([parts, query, contentType]) => toRequest(template, operation, parts, query, contentType, false)),
  );
}

type Parts = { parameters: (string | undefined)[]; body: string | Buffer | undefined };

function toRequest(
  template: string,
  { parameters = [], requestBody }: Operation,
  { parameters: values, body }: Parts,
  extraQuery: string,
  type: string,
  valid: boolean,
): FuzzedRequest {
  let path = template;
  const query: string[] = extraQuery ? [extraQuery] : [];
  const headers: Record<string, string> = requestBody && type ? { 'content-type': type } : {};
  for (const [at, { name, in: place }] of parameters.entries()) {
    const value = values[at];
    if (place === 'path') path = path.replace(`{${name}}`, encoded(value ?? 'x'));
    else if (value !== undefined && place === 'query') query.push(`${name}=${encoded(value)}`);
    else if (value !== undefined) headers[name] = value.replace(/[^\x20-\x7e]/g, '?');
  }
  const bytes = body === undefined ? undefined : Buffer.from(body as string);
  return { path: query.length > 0 ? `${path}?${query.join('&')}` : path, headers, body: bytes, valid };
}

/** Broken text stays broken on its way: half a surrogate pair becomes bytes that are no UTF-8. */
function encoded(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%ed%a0%80%ff';
}

function parameterOf(schema: Schema, required: boolean): fc.Arbitrary<string | undefined> {
  const value = valueLike(schema).map(String);
  return required ? value : fc.option(value, { nil: undefined });
}

/** Values as a schema describes them. */
function valueLike(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const types = [schema.type ?? []].flat();
  return fc.oneof(...types.map((type) => valueOfType(type, schema)));
}

function valueOfType(type: string, schema: Schema): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], items = {}, minItems = 0, maxItems = 5 } = schema;
  if (type === 'object')
    return fc.record(Object.fromEntries(Object.entries(properties).map(([name, of]) => [name, valueLike(of)])), {
      requiredKeys: [...required],
    });
  if (type === 'array') return fc.array(valueLike(items), { minLength: minItems, maxLength: Math.min(maxItems, 5) });
  if (type === 'integer')
    return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 100, 2 ** 31 - 1) });
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  return textOf(schema);
}

function textOf({ pattern, minLength = 0, maxLength = 100 }: Schema): fc.Arbitrary<string> {
  if (pattern?.startsWith('^')) return fc.stringMatching(new RegExp(pattern));
  const shape = new RegExp(pattern ?? '');
  const text = fc.oneof(fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 60) }), syntax);
  return text.filter((value) => shape.test(value) && !value.includes('\0') && value.length >= minLength);
}

/** What means something to somebody: HTML, SQL, FTS5, tsquery, paths, templates. */
const syntax = fc.constantFrom(
  '<script>alert(1)</script>',
  "'; DROP TABLE profiles; --",
  '" OR name:*',
  'NEAR(a b, 2)',
  "'a':* & !b <-> c",
  '{name} : ^a*',
  '%_\\',
  '../../etc/passwd',
  '$' + '{7*7}',
  '\u202e\ufeff\u0301',
  '½ﷺ',
);

/** Text that no field takes, and some that a few do. */
const oddText = fc.oneof(
  syntax,
  fc.constantFrom(
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    '-1',
    '0',
    '1e3',
    '99999999999999999999',
    'true',
    'null',
    'a'.repeat(250),
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

/** A body with a mistake: a wrong value, a field more or less, or no JSON at all. */
function wrongBody(schema: Schema): fc.Arbitrary<string | Buffer | undefined> {
  const odd = fc.oneof(
    oddText,
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom<unknown>(null, -1, 0.5, 1e300, 2 ** 60, true, [], {}, [[]], 'a'.repeat(5_000)),
  );
  const changed = fc
    .tuple(
      valueLike(schema),
      fc.constantFrom(...Object.keys(schema.properties ?? { x: 0 }), 'unknown', '__proto__'),
      odd,
    )
    .map(([value, key, other]) => {
      const fields = typeof value === 'object' && value !== null ? value : {};
      return JSON.stringify(Object.fromEntries([...Object.entries(fields), [key, other]]));
    });
  const text = fc.constantFrom<string | Buffer | undefined>(
    undefined,
    '',
    '{',
    '{"name":"a",}',
    '['.repeat(30_000),
    `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
    '{"__proto__":{"a":1}}',
    '{"name":"\\u0000"}',
    '{"name":"\\ud800"}',
    Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
    Buffer.from('{"name":"\u0000"}'),
    `{"name":"${'a'.repeat(70_000)}"}`,
  );
  return fc.oneof({ weight: 3, arbitrary: changed }, { weight: 1, arbitrary: odd.map((v) => JSON.stringify(v)) }, text);
}
