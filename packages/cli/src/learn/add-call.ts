import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';

/**
 * The text of a declaration in which a caller has one more receiver in `calls`: one line more or one changed, and every
 * other as it was, with its comments. Undefined where the text has a form in which that cannot be written so.
 */
export function addCall(text: string, caller: string, receiver: string): string | undefined {
  const document = parseDocument(text, { keepSourceTokens: true });
  const pair = entryOf(document, caller);
  const entry = pair?.value;
  if (isEmpty(entry) || (isMap(entry) && entry.items.length === 0 && entry.flow)) {
    const range = (entry as { range?: [number, number, number] | null }).range;
    if (!range) return undefined;
    const written = text.slice(range[0], range[1]) === '' ? ' ' : '';
    return splice(text, range[0], range[1], `${written}{ calls: [${receiver}] }`);
  }
  if (!isMap(entry)) return undefined;
  const calls = entry.items.find((item) => isScalar(item.key) && item.key.value === 'calls');
  if (calls === undefined) return withCalls(text, entry, receiver);
  if (isSeq(calls.value)) return withOneMore(text, calls.value, receiver);
  return undefined;
}

function entryOf(document: Document, caller: string): Pair | undefined {
  for (const part of ['services', 'jobs', 'workerPools', 'principals']) {
    const entries = document.get(part);
    const found = isMap(entries)
      ? entries.items.find((one) => isScalar(one.key) && one.key.value === caller)
      : undefined;
    if (found !== undefined) return found as Pair;
  }
  return undefined;
}

/** Nothing behind the colon. */
function isEmpty(entry: unknown): boolean {
  return isScalar(entry) && entry.value === null;
}

/** `calls` behind what the entry has. */
function withCalls(text: string, entry: YAMLMap, receiver: string): string | undefined {
  const [first] = entry.items;
  const last = entry.items.at(-1);
  const end = endOf(last?.value) ?? endOf(last?.key);
  const start = startOf(first?.key);
  if (end === undefined || start === undefined || isAlias(last?.key)) return undefined;
  if (entry.flow) return splice(text, end, end, `, calls: [${receiver}]`);
  return insertLine(text, end, `${indentAt(text, start)}calls: [${receiver}]`);
}

function withOneMore(text: string, calls: YAMLSeq, receiver: string): string | undefined {
  const last = calls.items.at(-1);
  const end = endOf(last);
  if (calls.flow) {
    const open = calls.range?.[0];
    if (open === undefined) return undefined;
    return end === undefined ? splice(text, open + 1, open + 1, receiver) : splice(text, end, end, `, ${receiver}`);
  }
  const start = calls.range?.[0];
  if (end === undefined || start === undefined) return undefined;
  return insertLine(text, end, `${indentAt(text, start)}- ${receiver}`);
}

function startOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] | null } | null)?.range?.[0];
}

/** Where its own text ends, before blanks and comments. */
function endOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] | null } | null)?.range?.[1];
}

/** What stands before it in its line, as blanks. */
function indentAt(text: string, offset: number): string {
  return ' '.repeat(offset - (text.lastIndexOf('\n', offset - 1) + 1));
}

/** A line behind the one that an offset is in; a block's own text may end with its line break. */
function insertLine(text: string, offset: number, line: string): string {
  const from = text[offset - 1] === '\n' ? offset - 1 : offset;
  const lineEnd = text.indexOf('\n', from);
  const before = lineEnd === -1 ? text : text.slice(0, lineEnd);
  const ending = before.endsWith('\r') ? '\r' : '';
  return lineEnd === -1 ? `${text}\n${line}\n` : `${before}\n${line}${ending}${text.slice(lineEnd)}`;
}

function splice(text: string, from: number, to: number, put: string): string {
  return `${text.slice(0, from)}${put}${text.slice(to)}`;
}
