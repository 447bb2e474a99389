import { readFileSync } from 'node:fs';
import { type Declaration, DeclarationError, edgePlaces, printable, readDeclaration } from '@run-edges/edges';
import { startEmulator } from '@run-edges/emulator';
import { Command, Option } from 'commander';
import { createGcloud } from '../gcloud/gcloud.ts';
import { projectTarget } from '../matrix/project-target.ts';
import { countRequests, LIVE_PATH, localTarget, type Target } from '../matrix/target.ts';
import { asDeclared, type Tried, tryMatrix } from '../matrix/try-matrix.ts';
import { prepareTokens } from '../matrix/wait-until-settled.ts';
import { refusedAtGithub } from '../reporters/github.ts';
import { type AskedReporter, addReporter, reporterNames, writeReports } from '../reporters/reporters.ts';
import { print, tell } from '../terminal/output.ts';
import { severalOf, startProgress } from '../terminal/progress.ts';
import { optionsOfServices, type ServiceFlags, serviceOptions } from './emulator-options.ts';
import { isProjectId, regionName } from './project-options.ts';
import { edgesOption, urlPath, visible } from './shared-options.ts';

interface CheckOptions extends ServiceFlags {
  readonly edges: string;
  readonly target?: string;
  readonly region: string;
  readonly path: string;
  readonly onlyDifferences: boolean;
  readonly reporter?: readonly AskedReporter[];
  readonly json: boolean;
}

export function checkCommand(): Command {
  const command = new Command('check')
    .description('Try every caller x receiver edge and compare each verdict with the declaration.')
    .addOption(edgesOption())
    .addOption(
      new Option(
        '--target <url or project>',
        'instead of an emulator of its own: one that runs, for example http://127.0.0.1:8080, or a Google Cloud project, each caller by impersonation',
      )
        .argParser(visible('a URL or a project id'))
        .env('RUN_EDGES_URL'),
    )
    .option('--region <region>', 'Cloud Run region of the project', regionName, 'us-central1')
    .option('--path <path>', 'the path to ask for at each receiver', urlPath, LIVE_PATH)
    .option('--only-differences', 'print no more than what is not as declared', false)
    .addOption(
      new Option(
        '--reporter <name[=file]>',
        `how to tell, and where to if not on standard output: ${reporterNames}; may be repeated (default: table)`,
      ).argParser(addReporter),
    )
    .addOption(
      new Option('--json', 'print an array of {caller, receiver, expected, actual, status, reason}: --reporter json')
        .default(false)
        .conflicts('reporter'),
    );
  // What runs elsewhere is as it was started.
  return serviceOptions()
    .reduce((all, option) => all.addOption(option.conflicts('target')), command)
    .addHelpText('after', '\nExit code: 0 when every verdict is as declared, 1 otherwise.')
    .action(async (options: CheckOptions) => {
      const { edges: file, onlyDifferences, json, reporter = [{ name: json ? 'json' : 'table' }] } = options;
      const declaration = read(file, reporter);
      const placeOf = edgePlaces(readFileSync(file, 'utf8'));
      const tried = await check(declaration, options);
      writeReports({ tried, file, placeOf, onlyDifferences }, reporter);
      if (!tried.every(asDeclared)) process.exitCode = 1;
    });
}

/** @throws DeclarationError, which is in the pull request, too, where annotations are asked for */
function read(file: string, reporter: readonly AskedReporter[]): Declaration {
  try {
    return readDeclaration(file);
  } catch (error) {
    if (error instanceof DeclarationError && reporter.some(({ name }) => name === 'github'))
      print(refusedAtGithub(error.problems));
    throw error;
  }
}

async function check(declaration: Declaration, options: CheckOptions): Promise<Tried[]> {
  const { target } = options;
  if (target === undefined) return checkOwn(declaration, options);
  if (!isProjectId(target)) return tryMatrix(await localTarget(declaration, target), options);
  const progress = startProgress(`Asking for a token of each caller in ${target}`);
  try {
    const project = await projectTarget(declaration, {
      gcloud: createGcloud(),
      project: target,
      region: options.region,
    });
    await prepareTokens(project);
    progress.update('Trying every edge');
    const tried = await tryMatrix(project, options);
    progress.succeed(`Tried ${tried.length} edges`);
    for (const why of project.untried) tell(`Not tried: ${printable(why)}.`);
    return tried;
  } catch (error) {
    progress.fail('Could not try the edges');
    throw error;
  }
}

/** Starts everything on free ports, tries the edges, and stops everything again. */
async function checkOwn(declaration: Declaration, options: CheckOptions): Promise<Tried[]> {
  const progress = startProgress(`Starting ${severalOf(declaration.services.map(({ name }) => name))}`);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupted.abort());
  try {
    await using cloud = await startEmulator({
      ...optionsOfServices(options),
      edges: declaration,
      signal: interrupted.signal,
    });
    progress.update('Trying every edge');
    const target: Target = await localTarget(declaration, cloud.url, cloud.developerToken);
    const tried = await tryMatrix({ ...target, requestsSeen: countRequests(cloud) }, options);
    progress.succeed(`Tried ${tried.length} edges`);
    return tried;
  } catch (error) {
    progress.fail('Could not try the edges');
    throw error;
  }
}
