import { stripVTControlCharacters } from 'node:util';
import { printable } from '@run-edges/edges';
import type { ContainerState } from '@run-edges/emulator';
import { colour } from './colour.ts';
import { tell } from './output.ts';

/** UTF-16 units that are shown of a log line. */
const LONGEST = 4000;

/** What goes wrong on purpose, whenever that changes. */
export function reportFaults(active: readonly string[]): void {
  const text = active.length === 0 ? 'no faults any more' : `faults on: ${active.join(', ')}`;
  tell(`${colour('yellow', 'emulator')} ${text}`);
}

/** What to know about a policy that was written. */
export function reportWarning(warning: string): void {
  tell(`${colour('yellow', 'emulator')} ${printable(warning, { atMost: LONGEST })}`);
}

/** What becomes of a service that was up already. */
export function reportState(service: string, state: ContainerState): void {
  if (state === 'crashed') tell(`${colour('red', service)} ended by itself; it is being started again`);
  if (state === 'ready') tell(`${colour('green', service)} is ready again`);
}

const quiet: ReadonlySet<unknown> = new Set(['DEFAULT', 'DEBUG', 'INFO', 'NOTICE']);

/** Passes on what a service logs: warnings and worse, or everything. */
export function reportLog({ service, line }: { service: string; line: string }, everything: boolean): void {
  const entry = parse(line);
  if (!everything && entry !== undefined && quiet.has(entry.severity)) return;
  const text = entry === undefined ? line : `${entry.severity} ${entry.message}${entry.why}`;
  // Colours are a service's own business, and go with what moves the cursor; what else it tried to do is seen.
  tell(`${colour('cyan', service)} ${printable(stripVTControlCharacters(text), { atMost: LONGEST })}`);
}

function parse(line: string): { severity: string; message: string; why: string } | undefined {
  try {
    const { severity, message, code, reason } = JSON.parse(line);
    if (typeof severity !== 'string') return undefined;
    const why = [code, reason].filter((one) => typeof one === 'string').join(': ');
    return { severity, message: `${message ?? ''}`, why: why === '' ? '' : ` (${why})` };
  } catch {
    return undefined;
  }
}
