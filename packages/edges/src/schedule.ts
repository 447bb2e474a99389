import { Cron } from 'croner';
import { checkText } from './check-declaration.ts';

/** When a job of Cloud Scheduler runs. */
export interface Schedule {
  /** The first time after this one; both in milliseconds since the epoch. Undefined where there is none for years. */
  next(after: number): number | undefined;
}

/** Five fields of numbers, names, lists, ranges and steps. */
const FIELDS = /^(?:[0-9*,/-]+|[0-9A-Za-z*,/-]+)(?:\s+[0-9A-Za-z*,/-]+){4}$/;
const NAMES = /^(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT)$/i;
const LONGEST = 500;

/**
 * Reads a schedule in unix-cron, in a time zone. Where clocks are set forward, a time that there is not runs at the first
 * that there is; where they are set back, a time that comes twice runs once, and what runs every hour runs every hour.
 * @throws RangeError that says what is wrong
 * @see https://docs.cloud.google.com/scheduler/docs/configuring/cron-job-schedules
 */
export function readSchedule(text: string, timeZone: string): Schedule {
  checkText(text, 'text');
  checkText(timeZone, 'timeZone');
  checkTimeZone(timeZone);
  const words = text.match(/[A-Za-z]+/g) ?? [];
  if (text.length > LONGEST || !FIELDS.test(text.trim()) || !words.every((word) => NAMES.test(word)))
    throw new RangeError(
      `${JSON.stringify(text.slice(0, 100))} is no schedule in unix-cron: it has five fields, minute, hour, day, month and day of the week, such as "0 3 * * *".`,
    );
  const cron = readCron(text.trim(), timeZone);
  return { next: (after) => cron.nextRun(new Date(after))?.getTime() };
}

function readCron(text: string, timezone: string): Cron {
  try {
    const cron = new Cron(text, { timezone, paused: true, mode: '5-part' });
    if (cron.nextRun() !== null) return cron;
  } catch (error) {
    throw new RangeError(`${JSON.stringify(text)} is no schedule in unix-cron: ${(error as Error).message}`);
  }
  throw new RangeError(`${JSON.stringify(text)} is a schedule that never runs.`);
}

/** @throws RangeError */
export function checkTimeZone(timeZone: string): void {
  // An offset such as +02:00 is a time zone to Node, and none to Google.
  const isName = /^[A-Za-z][\w+-]*(?:\/[\w+-]+)*$/.test(timeZone);
  try {
    // Google tells capitals apart, and Node does not.
    if (isName && !isMiswritten(timeZone)) new Intl.DateTimeFormat('en', { timeZone });
    else throw new RangeError();
  } catch {
    throw new RangeError(
      `${JSON.stringify(timeZone)} is no time zone: it is a name of the tz database, such as Europe/Berlin or Etc/UTC.`,
    );
  }
}

function isMiswritten(name: string): boolean {
  const known = Intl.supportedValuesOf('timeZone');
  return !known.includes(name) && known.some((one) => one.toLowerCase() === name.toLowerCase());
}
