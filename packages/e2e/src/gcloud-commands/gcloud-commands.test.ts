import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findToolchain } from '../real-clients/toolchain.ts';
import { appFolder } from '../support/app-folder.ts';
import { commandsOf } from './gcloud.ts';
import { pageOf } from './page.ts';
import { partOf } from './part-of.ts';
import { rsaCertificate } from './rsa-certificate.ts';
import { type Ran, runTable } from './run-table.ts';
import { type Setting, startSetting } from './setting.ts';
import { flagOf, type Line, table, wordsOf } from './table.ts';

const { title, missing } = await findToolchain({ name: 'gcloud, command by command', commands: ['gcloud'] });

const commands = table.flatMap(({ elsewhere: ofGroup = {}, commands }) =>
  commands.map((command) => ({ ...command, ofGroup })),
);
const lines = commands.flatMap(({ command, args, lines }) =>
  lines.map((line) => {
    const words = [command, ...wordsOf(line.args ?? args), ...wordsOf(line.with)];
    return [words.join(' '), line] as const;
  }),
);

/** The image `job`: it ends well, or does what its argument says. */
const jobProgram = `
const [, , how] = process.argv;
if (how === 'fail') process.exit(1);
if (how === 'hold') setInterval(() => undefined, 1000);
`;

test('docs/reference/gcloud.md is what the table says (vitest run --update writes it)', async () => {
  await expect(pageOf()).toMatchFileSnapshot('../../../../docs/reference/gcloud.md');
});

test('every line that works says what is seen or printed then', () => {
  const working = lines.filter(([, { refused, emulated }]) => refused === undefined && emulated !== false);
  expect(working.length).toBeGreaterThan(200);
  expect(working.filter(([, { sees, says }]) => sees === undefined && says === undefined)).toEqual([]);
});

describe.skipIf(missing)(title, { timeout: 600_000 }, () => {
  let job: Awaited<ReturnType<typeof appFolder>>;
  let setting: Setting;
  let results: ReadonlyMap<Line, Promise<Ran>>;
  beforeAll(async () => {
    job = await appFolder(jobProgram);
    setting = await startSetting(['app'], { job: job.path });
    const { id: project, number, region } = setting.cloud.project;
    const certificate = await rsaCertificate();
    results = runTable(table, {
      ...setting,
      names: { project, number, region, developer: 'user:developer@example.com', certificate },
    });
  }, 120_000);
  afterAll(async () => {
    await setting[Symbol.asyncDispose]();
    await job[Symbol.asyncDispose]();
  });

  test('every command of its own has lines, and every flag, or a reason to have none', async () => {
    const known = await commandsOf(setting.env);
    expect(commands.map(({ command }) => command).toSorted()).toEqual(Object.keys(known).toSorted());
    const without = commands.flatMap(({ command, lines, emulated, elsewhere = {}, ofGroup }) => {
      if (emulated === false) return [];
      const flags = known[command] ?? [];
      const tried = lines.map((line) => flagOf(line, flags));
      const reasons = typeof elsewhere === 'string' ? flags : Object.keys({ ...ofGroup, ...elsewhere });
      return flags.filter((flag) => ![...tried, ...reasons].includes(flag)).map((flag) => `${command} ${flag}`);
    });
    expect(without).toEqual([]);
  });

  test.each(lines)('%s', async (_, written) => {
    const { line, code, stdout, stderr, seen } = (await results.get(written)) as Ran;
    const printed = `${stdout}${stderr}`;
    expect(printed).not.toMatch(/gcloud crashed|Traceback/);
    const { refused, emulated, says = '', sees = null } = line;
    const why = emulated === false ? 'is not emulated by run-edges' : refused;
    if (why === undefined) expect(code, printed).toBe(0);
    else {
      expect(code, printed).toBeGreaterThan(0);
      expect(stderr).toContain(why);
    }
    expect(printed).toContain(says);
    expect(partOf(seen, sees)).toEqual(sees);
  });
});
