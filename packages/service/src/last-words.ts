import { writeSync } from 'node:fs';

/** One log line that is out before the process ends, for failures that come before or after the logger. */
export function lastWords(service: string, message: string): void {
  const line = { severity: 'CRITICAL', time: new Date().toISOString(), message: `${service}: ${message}` };
  writeSync(1, `${JSON.stringify(line)}\n`);
}
