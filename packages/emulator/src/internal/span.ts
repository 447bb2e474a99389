import { EmulatorError } from './errors.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
/** A year, in seconds. */
const LONGEST = 366 * 86_400;

/**
 * A time that passes, in seconds: `24h`, `90s`, `1h30m`, `7d`, or a number of seconds.
 * @throws EmulatorError SETTING_INVALID
 */
export function readSpan(span: string | number): number {
  const seconds = typeof span === 'number' ? span : secondsOf(`${span}`);
  if (Number.isFinite(seconds) && seconds >= 0 && seconds <= LONGEST) return seconds;
  throw new EmulatorError(
    'SETTING_INVALID',
    `${JSON.stringify(span)} is no time that can pass.`,
    'It is a number with a unit, s, m, h or d: 24h, 1h30m, 7d, and a year at most.',
  );
}

function secondsOf(span: string): number {
  if (!/^(?:\d{1,9}(?:\.\d{1,3})?[smhd])+$/.test(span)) return Number.NaN;
  let seconds = 0;
  for (const [, amount = '', unit = ''] of span.matchAll(/([\d.]+)([smhd])/g))
    seconds += Number(amount) * (UNITS[unit] ?? 0);
  return seconds;
}
