import type { ContainerState, Decision } from '@run-edges/emulator';
import { colour } from './colour.ts';

/** One line for each refusal and for each claim that nobody verified, with its reason and mend. */
export function reportDecision({ caller, receiver, method, path, status, reason, mend }: Decision): void {
  if (mend === '') return;
  process.stdout.write(
    `${colour(status < 400 ? 'yellow' : 'red', `${status}`)} ${caller} -> ${receiver} ${method} ${printable(path)}: ${reason}. ${mend}\n`,
  );
}

/** What goes wrong on purpose, whenever that changes. */
export function reportFaults(active: readonly string[]): void {
  const text = active.length === 0 ? 'no faults any more' : `faults on: ${active.join(', ')}`;
  process.stderr.write(`${colour('yellow', 'emulator')} ${text}\n`);
}

/** What becomes of a service that was up already. */
export function reportState(service: string, state: ContainerState): void {
  if (state === 'crashed')
    process.stderr.write(`${colour('red', service)} ended by itself; it is being started again\n`);
  if (state === 'ready') process.stderr.write(`${colour('green', service)} is ready again\n`);
}

const quiet: ReadonlySet<unknown> = new Set(['DEFAULT', 'DEBUG', 'INFO', 'NOTICE']);

/** Passes on what a service logs: warnings and worse, or everything. */
export function reportLog({ service, line }: { service: string; line: string }, everything: boolean): void {
  const entry = parse(line);
  if (!everything && entry !== undefined && quiet.has(entry.severity)) return;
  const text = entry === undefined ? line : `${entry.severity} ${entry.message}${entry.why}`;
  process.stderr.write(`${colour('cyan', service)} ${printable(text)}\n`);
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

/** Keeps terminals safe from what strangers send. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
