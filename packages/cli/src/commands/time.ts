import { Argument, Command, InvalidArgumentError } from 'commander';
import { askAsDeveloper } from '../developer-api.ts';
import { answers } from '../emulator-answers.ts';
import { print } from '../terminal/output.ts';
import { targetOption } from './shared-options.ts';

interface TimeFlags {
  readonly target: string;
  readonly json: boolean;
}

export function timeCommand(): Command {
  return new Command('time')
    .description('Move the clock of a running emulator on: schedules, retries, deadlines and tokens.')
    .addArgument(new Argument('<what>', 'what to do with it').choices(['advance']))
    .argument('<span>', 'how far: 24h, 1h30m, 7d, 90s', span)
    .addOption(targetOption())
    .option('--json', 'print {now, stops} as JSON', false)
    .addHelpText(
      'after',
      '\nIt stops wherever something is due, until that is delivered or refused: a job of every hour runs 24 times within 24h.\nWhat runs in processes of its own keeps its own clock.',
    )
    .action(time);
}

async function time(_what: 'advance', seconds: number, { target, json }: TimeFlags): Promise<void> {
  let stops = 0;
  // An answer comes soon, though not all the time may have passed.
  for (let left = seconds; ; ) {
    const passed = await askAsDeveloper(target, '/run-edges/v1/time:advance', answers.passed, { seconds: left });
    stops += passed.stops;
    left = passed.left;
    if (left > 0) continue;
    const { now } = passed;
    print(
      json
        ? JSON.stringify({ now, stops }, null, 2)
        : `It is ${now} there now; something was due ${stops} time${stops === 1 ? '' : 's'} on the way.`,
    );
    return;
  }
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const YEAR = 366 * 86_400;

/** In seconds. */
function span(text: string): number {
  const parts = [...text.matchAll(/(\d{1,8})([smhd])/g)];
  const seconds = parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (UNITS[unit] ?? 0), 0);
  if (!/^(?:\d{1,8}[smhd])+$/.test(text) || seconds > YEAR)
    throw new InvalidArgumentError('It takes a time such as 24h, 1h30m, 7d or 90s, of a year at most.');
  return seconds;
}
