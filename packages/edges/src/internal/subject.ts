import { unquoteWhenPlain } from './finding.ts';
import type { Path } from './yaml-document.ts';

/** How a place in the file is called in a sentence: `login`, `login: calls`, `login: env.LOG_LEVEL`, `accepted: entry 1`. */
export function subject(path: Path): string {
  const [part, name, key, ...rest] = path;
  if (part === undefined) return 'the file';
  if (name === undefined) return `"${part}"`;
  const named =
    part === 'accepted' || part === 'never' ? `${part}: entry ${Number(name) + 1}` : unquoteWhenPlain(String(name));
  if (key === undefined) return named;
  return `${named}: ${inside(String(key), rest)}`;
}

/** `calls`, `an entry of calls`, `paths of an entry of calls`, `env.LOG_LEVEL`. */
function inside(key: string, [step, ...rest]: Path): string {
  if (step === undefined) return key;
  if (!/^\d+$/.test(String(step)) || key === 'env') return `${key}.${step}`;
  const entry = `an entry of ${key}`;
  const [deeper, ...deepest] = rest;
  return deeper === undefined ? entry : `${inside(String(deeper), deepest)} of ${entry}`;
}
