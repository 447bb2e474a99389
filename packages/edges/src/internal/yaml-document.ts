import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type YAMLMap } from 'yaml';
import { type Finding, quote } from './finding.ts';

export type Path = readonly (string | number)[];

/** A parsed file: its value as plain data, and where each part of it was written. */
export interface YamlDocument {
  readonly value: unknown;
  /** Faults in the YAML itself. When there are any that change the meaning, `value` is undefined. */
  readonly findings: readonly Finding[];
  /** Offset of the key or of the value at the path, or of the nearest part around it that was written. */
  offsetOf(path: Path, part: 'key' | 'value'): number;
  place(offset: number): { line: number; column: number };
}

/** An alias repeats what its anchor holds, so a few of them can stand for gigabytes. */
const aliasesAtMost = 100;

/** What YAML 1.1 merged by. A key is told as one here, whatever else is not right with it. */
export const MERGE_KEY = '<<';

/** Reads YAML 1.2 (core schema, string keys, no merge keys, no tags) with positions. Never throws. */
export function parseYaml(text: string): YamlDocument {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    stringKeys: true,
    // The library compares every key with every other; `structureFindings` does it in one pass.
    uniqueKeys: false,
  });
  const place = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const offsetOf = locator(document);

  const broken = syntaxFindings(document);
  if (broken.length > 0) return { value: undefined, findings: broken, offsetOf, place };
  const { fatal, findings } = structureFindings(document, place);
  if (fatal) return { value: undefined, findings, offsetOf, place };
  try {
    return { value: document.toJS({ maxAliasCount: aliasesAtMost }), findings, offsetOf, place };
  } catch {
    return { value: undefined, findings: [...findings, tooManyAliases(0)], offsetOf, place };
  }
}

function syntaxFindings(document: Document.Parsed): Finding[] {
  // Warnings are tags that the library does not know: what they would mean elsewhere cannot be guessed.
  const faults = [...document.errors, ...document.warnings];
  // The parser gave up, or took an asterisk for an alias: what it says about the rest is an echo of that.
  const exhausted = faults.filter(({ code }) => code === 'RESOURCE_EXHAUSTION').slice(-1);
  const asterisks = faults.filter(({ code }) => code === 'BAD_ALIAS').slice(0, 1);
  return ([exhausted, asterisks].find((echoed) => echoed.length > 0) ?? faults).map(({ code, message, pos }) => {
    const known = syntax[code];
    const cause = known?.cause ?? `not valid YAML: ${printable(message)}`;
    return { offset: pos[0], message: cause, mend: () => known?.mend ?? 'Correct the YAML here.' };
  });
}

const syntax: Readonly<Record<string, { cause?: string; mend: string }>> = {
  TAB_AS_INDENT: { mend: 'Indent with spaces.' },
  BAD_INDENT: { mend: 'Check the indentation and the brackets.' },
  RESOURCE_EXHAUSTION: { cause: 'the YAML is nested too deeply', mend: 'A declaration needs four levels.' },
  BAD_ALIAS: { cause: 'an asterisk begins an alias in YAML', mend: 'Put the text in quotes, such as "* -> search".' },
  MULTIPLE_DOCS: { cause: 'a second YAML document begins here', mend: 'Keep one document, without "---" between.' },
  NON_STRING_KEY: { cause: 'a key is not a plain word', mend: 'Write keys as plain words.' },
  TAG_RESOLVE_FAILED: { mend: 'Take the tag out.' },
};

function structureFindings(document: Document.Parsed, place: YamlDocument['place']) {
  const findings: Finding[] = [];
  let aliases = 0;
  let fatal = false;
  const refuse = (finding: Finding) => {
    fatal = true;
    findings.push(finding);
  };
  const root = document.contents;
  const services: unknown = isMap(root) ? root.get('services', true) : undefined;

  visit(document, {
    Alias(_, alias) {
      aliases += 1;
      const offset = alias.range?.[0] ?? 0;
      if (aliases > aliasesAtMost) {
        refuse(tooManyAliases(offset));
        return visit.BREAK;
      }
      if (alias.resolve(document) === undefined) {
        const mend = () => `Set the anchor &${printable(alias.source)} before it, or write the value out.`;
        refuse({ offset, message: `no anchor ${quote(alias.source)} is set before this alias`, mend });
      }
      return undefined;
    },
    Map(_, map) {
      const seen = new Map<string, number>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        const offset = key.range?.[0] ?? 0;
        if (name === MERGE_KEY) findings.push(mergeKey(offset));
        const first = seen.get(name);
        if (first === undefined) {
          seen.set(name, offset);
          continue;
        }
        const what = map === services ? `the service ${quote(name)} is declared` : `${quote(name)} is written`;
        const message = `${what} twice, first on line ${place(first).line}`;
        findings.push({ offset, message, mend: () => 'Keep one of the two.' });
      }
    },
  });
  return { findings, fatal };
}

function mergeKey(offset: number): Finding {
  const message =
    '"<<" is a merge key, which YAML 1.2 does not have: what it merges would be read by some and not by others';
  const mend = () => 'Write the keys out, or repeat a whole value by its alias, such as env: *common.';
  return { offset, message, mend };
}

function tooManyAliases(offset: number): Finding {
  const mend = () => 'Write the values out instead of repeating them by alias.';
  return { offset, message: `more than ${aliasesAtMost} values would be repeated by alias`, mend };
}

function locator(document: Document.Parsed): YamlDocument['offsetOf'] {
  const indexes = new WeakMap<YAMLMap, Map<string, { key: unknown; value: unknown }>>();
  const indexOf = (map: YAMLMap) => {
    let index = indexes.get(map);
    if (index === undefined) {
      // A repeated key: the last one counts, as it does for the value.
      index = new Map(map.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : '', pair]));
      indexes.set(map, index);
    }
    return index;
  };

  return (path, part) => {
    let node: unknown = document.contents;
    let key: unknown;
    let offset = startOf(node) ?? 0;
    for (const step of path) {
      const holder = isAlias(node) ? node.resolve(document) : node;
      if (isMap(holder)) {
        const pair = indexOf(holder).get(String(step));
        if (pair === undefined) return offset;
        ({ key, value: node } = pair);
        offset = startOf(key) ?? offset;
      } else if (isSeq(holder)) {
        key = undefined;
        node = holder.items[Number(step)];
        offset = startOf(node) ?? offset;
      } else {
        return offset;
      }
    }
    // A value that was left empty has no place of its own; its key has.
    const wantsKey = key !== undefined && (part === 'key' || isEmpty(node));
    return wantsKey ? offset : (startOf(node) ?? offset);
  };
}

function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null && node.source === '');
}

function startOf(node: unknown): number | undefined {
  return isAlias(node) || isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[0] : undefined;
}

function printable(message: string): string {
  return quote(message.replace(/\.$/, ''), 200).slice(1, -1).replaceAll('\\"', '"');
}
