import { describe, expect, test } from 'vitest';
import { readSchedule } from './schedule.ts';

/** The first times after one. */
function times(text: string, timeZone: string, from: string, many: number): readonly string[] {
  const schedule = readSchedule(text, timeZone);
  const found: string[] = [];
  let at: number | undefined = Date.parse(from);
  while (found.length < many && at !== undefined) {
    at = schedule.next(at);
    if (at !== undefined) found.push(new Date(at).toISOString().replace(':00.000Z', 'Z'));
  }
  return found;
}

describe('a schedule in unix-cron', () => {
  test.each([
    ['*/5 * * * *', ['2026-06-01T10:05Z', '2026-06-01T10:10Z']],
    ['0 3 * * *', ['2026-06-02T03:00Z', '2026-06-03T03:00Z']],
    ['0 9 * * 1-5', ['2026-06-02T09:00Z', '2026-06-03T09:00Z']],
    ['0 0 1 * *', ['2026-07-01T00:00Z', '2026-08-01T00:00Z']],
    ['0 0 29 FEB *', ['2028-02-29T00:00Z']],
    ['30 8 * * MON', ['2026-06-08T08:30Z', '2026-06-15T08:30Z']],
    ['0 0 13 * 5', ['2026-06-05T00:00Z', '2026-06-12T00:00Z', '2026-06-13T00:00Z']],
    ['0,30 * * * *', ['2026-06-01T10:30Z', '2026-06-01T11:00Z']],
    ['0 12 * * 7', ['2026-06-07T12:00Z']],
  ])('%s', (text, expected) => {
    expect(times(text, 'Etc/UTC', '2026-06-01T10:00:00Z', expected.length)).toEqual(expected);
  });

  test('is never the time itself', () => {
    expect(times('0 3 * * *', 'Etc/UTC', '2026-06-01T03:00:00Z', 1)).toEqual(['2026-06-02T03:00Z']);
  });
});

describe('in a time zone', () => {
  test.each([
    ['Asia/Kolkata', '2026-06-01T21:30Z'],
    ['America/New_York', '2026-06-01T07:00Z'],
    ['Australia/Lord_Howe', '2026-06-01T16:30Z'],
  ])('%s keeps its own time', (timeZone, expected) => {
    expect(times('0 3 * * *', timeZone, '2026-05-31T23:00:00Z', 1)).toEqual([expected]);
  });

  test('where clocks are set forward a time that there is not runs at the first that there is, once', () => {
    expect(times('30 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z', 3)).toEqual([
      '2026-03-08T07:00Z',
      '2026-03-09T06:30Z',
      '2026-03-10T06:30Z',
    ]);
  });

  test('where clocks are set back a time that comes twice runs once, and every hour is every hour', () => {
    expect(times('30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', 2)).toEqual([
      '2026-11-01T05:30Z',
      '2026-11-02T06:30Z',
    ]);
    expect(times('0 * * * *', 'America/New_York', '2026-11-01T04:30:00Z', 3)).toEqual([
      '2026-11-01T05:00Z',
      '2026-11-01T06:00Z',
      '2026-11-01T07:00Z',
    ]);
  });
});

describe('what is none is refused', () => {
  test.each([
    ...['', ' ', '* * * *', '* * * * * *', '60 * * * *', '* 24 * * *', '* * 32 * *', '* * * 13 *', '* * * * 8'],
    ...['@daily', '@reboot', 'every 5 minutes', '0 3 L * *', '0 3 15W * *', '0 3 * * MON#2', '0 3 ? * *', '0 3 31 2 *'],
    ...[
      'a b c d e',
      '*/0 * * * *',
      '5-1 * * * *',
      '-1 * * * *',
      '1.5 * * * *',
      '* * * * *; rm',
      `${'1,'.repeat(400)}1 * * * *`,
    ],
    '2030-01-01T00:00:00',
  ])('%s', (text) => {
    expect(() => readSchedule(text, 'Etc/UTC')).toThrow(RangeError);
  });

  test.each(['', 'Berlin', 'CEST', '+02:00', 'UTC+2', 'Europe/Berlin/', '../../etc', 'Europe/Berlin\n'])(
    'time zone %j',
    (timeZone) => {
      expect(() => readSchedule('* * * * *', timeZone)).toThrow(/time zone/);
    },
  );
});
