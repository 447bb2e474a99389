/** Which messages a subscription gets, by their attributes. */
export type Filter = (attributes: Readonly<Record<string, string>>) => boolean;

/** Bytes. */
const LONGEST = 256;
const DEEPEST = 20;

/**
 * Reads a filter: `attributes:KEY`, `attributes.KEY = "VALUE"`, `!=`, `hasPrefix(attributes.KEY, "VALUE")`, with AND, OR,
 * NOT or a minus before, and parentheses. AND and OR are not mixed without parentheses.
 * @throws RangeError that says what is wrong
 * @see https://docs.cloud.google.com/pubsub/docs/subscription-message-filter
 */
export function readFilter(text: string): Filter {
  if (Buffer.byteLength(text) > LONGEST) throw new RangeError(`A filter has at most ${LONGEST} bytes.`);
  if (text.trim() === '') return () => true;
  const tokens = tokensOf(text);
  let at = 0;
  const filter = readExpression(0);
  if (at < tokens.length) throw wrong(`"${tokens[at]}" is one too many`);
  return filter;

  function readExpression(depth: number): Filter {
    const terms = [readTerm(depth)];
    const operator = tokens[at];
    if (operator !== 'AND' && operator !== 'OR') return terms[0] as Filter;
    while (tokens[at] === 'AND' || tokens[at] === 'OR') {
      if (tokens[at] !== operator) throw wrong('AND and OR stand together: put parentheses around one of them');
      at++;
      terms.push(readTerm(depth));
    }
    return operator === 'AND'
      ? (attributes) => terms.every((term) => term(attributes))
      : (attributes) => terms.some((term) => term(attributes));
  }

  function readTerm(depth: number): Filter {
    if (depth > DEEPEST) throw wrong('it is too deep');
    if (tokens[at] === 'NOT' || tokens[at] === '-') {
      at++;
      const term = readTerm(depth + 1);
      return (attributes) => !term(attributes);
    }
    if (tokens[at] !== '(') return readComparison();
    at++;
    const inner = readExpression(depth + 1);
    take(')');
    return inner;
  }

  function readComparison(): Filter {
    if (tokens[at] === 'hasPrefix') {
      at++;
      take('(');
      take('attributes');
      take('.');
      const key = readKey();
      take(',');
      const prefix = readText();
      take(')');
      return (attributes) => attributeOf(attributes, key)?.startsWith(prefix) === true;
    }
    take('attributes');
    if (tokens[at] === ':') {
      at++;
      const key = readKey();
      return (attributes) => attributeOf(attributes, key) !== undefined;
    }
    take('.');
    const key = readKey();
    const operator = tokens[at++];
    if (operator !== '=' && operator !== '!=') throw wrong(`"=" or "!=" belongs behind attributes.${key}`);
    const value = readText();
    return operator === '='
      ? (attributes) => attributeOf(attributes, key) === value
      : (attributes) => attributeOf(attributes, key) !== value;
  }

  function readKey(): string {
    const token = tokens[at++] ?? '';
    if (token.startsWith('"')) return unquoted(token);
    if (!/^[A-Za-z_][\w-]*$/.test(token)) throw wrong(`"${token}" is no key of an attribute; quote it: "key"`);
    return token;
  }

  function readText(): string {
    const token = tokens[at++] ?? '';
    if (!token.startsWith('"')) throw wrong(`a value is quoted: "${token}"`);
    return unquoted(token);
  }

  function take(expected: string): void {
    const token = tokens[at++];
    if (token !== expected)
      throw wrong(`"${expected}" belongs where ${token === undefined ? 'it ends' : `"${token}" is`}`);
  }
}

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  const token = /\s*("(?:[^"\\]|\\.)*"|!=|[:=.,()]|[A-Za-z_][\w-]*|-)/y;
  while (token.lastIndex < text.trimEnd().length) {
    const at = token.lastIndex;
    const found = token.exec(text);
    if (found === null) throw wrong(`it is not understood from ${JSON.stringify(text.slice(at, at + 20))} on`);
    tokens.push(found[1] as string);
  }
  return tokens;
}

function unquoted(token: string): string {
  return token.slice(1, -1).replaceAll(/\\(.)/gs, '$1');
}

function attributeOf(attributes: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(attributes, key) ? attributes[key] : undefined;
}

function wrong(why: string): RangeError {
  return new RangeError(
    `Invalid filter: ${why}. Write attributes:key, attributes.key = "value" or hasPrefix(attributes.key, "value").`,
  );
}
