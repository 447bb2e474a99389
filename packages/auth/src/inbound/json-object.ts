/** Why a text is not accepted as a JSON object. */
export type JsonFault = 'malformed' | 'duplicate' | 'proto';

/**
 * Parses a JSON object strictly: no member twice (RFC 7519 section 4: parsers differ in which one they take), and none
 * named `__proto__`.
 */
export function parseObject(text: string): Record<string, unknown> | JsonFault {
  let value: unknown;
  let again: string;
  try {
    value = JSON.parse(text);
    // Throws when it is nested deeper than the stack.
    again = JSON.stringify(value);
  } catch {
    return 'malformed';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'malformed';
  // The short way for what Google sends: a member that stands twice would be gone from the text made of the value.
  if (again === text && !text.includes('__proto__')) return value as Record<string, unknown>;
  return memberFault(text) ?? (value as Record<string, unknown>);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const SPACE = 0x20;

/** Looks through the members of all objects in a text that is known to be valid JSON. */
function memberFault(text: string): JsonFault | undefined {
  const open: Set<string>[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charCodeAt(index);
    if (char === OPEN) open.push(new Set());
    else if (char === CLOSE) open.pop();
    else if (char === QUOTE) {
      const end = stringEnd(text, index);
      if (isMemberName(text, end)) {
        const name: string = JSON.parse(text.slice(index, end + 1));
        if (name === '__proto__') return 'proto';
        const members = open.at(-1);
        if (members?.has(name)) return 'duplicate';
        members?.add(name);
      }
      index = end;
    }
  }
  return undefined;
}

/** The index of the quotation mark that ends the string which begins at `start`. */
function stringEnd(text: string, start: number): number {
  let index = start + 1;
  for (let char = text.charCodeAt(index); char !== QUOTE; char = text.charCodeAt(index))
    index += char === BACKSLASH ? 2 : 1;
  return index;
}

/** In valid JSON a string is a member's name when a colon follows it. */
function isMemberName(text: string, end: number): boolean {
  let index = end + 1;
  while (text.charCodeAt(index) <= SPACE) index += 1;
  return text.charCodeAt(index) === COLON;
}
