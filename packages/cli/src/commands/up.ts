import { type Declaration, printable, readDeclaration } from '@run-edges/edges';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { Command } from 'commander';
import { keepToken } from '../env/developer-token.ts';
import { type Follower, followed } from '../follow/follow.ts';
import { renderMatrix } from '../matrix/render-matrix.ts';
import { countRequests, LIVE_PATH, localTarget } from '../matrix/target.ts';
import { tryMatrix } from '../matrix/try-matrix.ts';
import type { OwnApps } from '../own-apps.ts';
import { renderAddresses } from '../terminal/addresses.ts';
import { decisionLog } from '../terminal/decision-log.ts';
import { reportFaults, reportLog, reportState, reportWarning } from '../terminal/live-log.ts';
import { print, tell } from '../terminal/output.ts';
import { severalOf, startProgress } from '../terminal/progress.ts';
import { SAME_SIGNAL_MS } from '../terminal/same-signal.ts';
import { addEmulatorOptions, type EmulatorFlags, emulatorOptions } from './emulator-options.ts';
import { edgesOption, urlPath, wholeNumber } from './shared-options.ts';

interface UpOptions extends EmulatorFlags {
  readonly edges: string;
  readonly path: string;
  readonly people?: number;
  readonly logs: boolean;
  readonly empty: boolean;
  readonly follow: boolean;
  readonly watch: boolean;
}

/** @param own apps of this repository, if it has some */
export function upCommand(own?: OwnApps): Command {
  const command = new Command('up')
    .description('Start the emulator and every declared service, try every edge, and stay up until Ctrl-C.')
    .addOption(edgesOption());
  addEmulatorOptions(command).option(
    '--path <path>',
    'the path to ask for when the edges are tried',
    urlPath,
    LIVE_PATH,
  );
  if (own !== undefined)
    command.option('--people <number>', 'seed this many people in the apps of the demo', wholeNumber(0, 1_000_000));
  return command
    .option('--empty', 'deploy nothing: a new project, whose services come with gcloud, Terraform or deploy', false)
    .option('--no-follow', 'take no change of the declaration while it runs')
    .option('--watch', 'start a service anew when the code in its folder changes', false)
    .option('--logs', 'show everything that the services log, not only warnings', false)
    .action((options: UpOptions) => up(options, own));
}

async function up(options: UpOptions, own: OwnApps | undefined): Promise<void> {
  const declaration = readDeclaration(options.edges, { mayBeEmpty: options.empty });
  const interrupted = interruption();
  const names = severalOf(startedOf(declaration));
  const follower = followed();
  const progress = startProgress(options.empty ? 'Starting' : `Starting ${names}`);
  const cloud = await start(declaration, options, own, interrupted, progress.update, follower).catch(
    (error: unknown) => {
      progress.fail('Not started');
      if (interrupted.aborted) process.exit(130);
      throw error;
    },
  );
  const notKept = keepToken(cloud);
  try {
    if (options.people) {
      progress.stop();
      await own?.follow(cloud, options.people, interrupted);
    }
    const tried = options.empty ? emptyProject(cloud) : await triedEdges(declaration, cloud, options);
    progress.succeed('Everything is up');
    const jobs = options.empty ? '' : howToRunJobs(declaration, cloud.url);
    follower.begin(cloud, options);
    const signIn = options.people ? own?.signIn(cloud) : undefined;
    const addresses = [renderAddresses(cloud), ...(signIn === undefined ? [] : [signIn])].join('\n');
    print(`\n${addresses}${jobs}\n\n${tried}\n\nPress Ctrl-C to stop.`);
    if (notKept !== undefined) tell(printable(notKept));
    cloud.decisions.onDecision(decisionLog());
    if (!interrupted.aborted)
      await new Promise((resolve) => interrupted.addEventListener('abort', resolve, { once: true }));
    tell('Stopping');
  } finally {
    follower.close();
    await cloud.stop();
  }
}

async function triedEdges(declaration: Declaration, cloud: Cloud, options: UpOptions): Promise<string> {
  const target = await localTarget(declaration, cloud.url, cloud.developerToken);
  return renderMatrix(await tryMatrix({ ...target, requestsSeen: countRequests(cloud) }, options));
}

/** How to go on where nothing is deployed but what was before. */
function emptyProject({ project, url, services }: Cloud): string {
  const names = services.map(({ name }) => name).join(', ');
  const holds = names === '' ? 'is empty' : `has what was deployed before: ${names}`;
  return `The project ${project.id} (number ${project.number}, region ${project.region}) ${holds}. Point gcloud and Terraform at it:\n  eval "$(run-edges env --target ${url})"`;
}

/** What runs from the start. */
function startedOf({ services, workerPools = [] }: Declaration): string[] {
  return [...services, ...workerPools].map(({ name }) => name);
}

function howToRunJobs({ jobs = [] }: Declaration, url: string): string {
  if (jobs.length === 0) return '';
  const names = jobs.map(({ name }) => name).join(', ');
  return `\nJobs, which run when they are asked to: ${names}\n  run-edges job ${jobs[0]?.name} --target ${url}`;
}

async function start(
  declaration: Declaration,
  options: UpOptions,
  own: OwnApps | undefined,
  signal: AbortSignal,
  say: (text: string) => void,
  follower: Follower,
): Promise<Cloud> {
  const ready = new Set<string>();
  const known = new Set(options.empty ? [] : startedOf(declaration));
  const { people } = options;
  return startEmulator({
    ...emulatorOptions(options),
    edges: declaration,
    deployed: !options.empty,
    signal,
    env: {
      ...options.env,
      ...Object.fromEntries(
        declaration.services.map((service) => [
          service.name,
          {
            ...(people !== undefined && own?.has(service) ? own.env(people) : {}),
            ...(Object.hasOwn(options.env, service.name) ? options.env[service.name] : {}),
          },
        ]),
      ),
    },
    onLog: (log) => reportLog(log, options.logs),
    onFaults: reportFaults,
    onWarning: reportWarning,
    onState({ service, state }) {
      if (state === 'ready') follower.cameUp();
      // What comes up because of a change is told with the change.
      if (follower.isComing(service)) return;
      if (ready.has(service)) return reportState(service, state);
      // What was deployed before comes up as well.
      known.add(service);
      if (state === 'ready') say(`${service} is ready (${ready.add(service).size} of ${known.size})`);
    },
  });
}

/**
 * Aborted by the first Ctrl-C, termination or hang-up, and when nobody reads the output any more. A second Ctrl-C ends at
 * once, and the services with it; not a termination, which npm's wrapper sends after a Ctrl-C that it has seen itself.
 */
function interruption(): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (signal === 'SIGINT' && first !== 0 && Date.now() - first > SAME_SIGNAL_MS) process.exit(130);
      first ||= Date.now();
      controller.abort();
    });
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => controller.abort());
  return controller.signal;
}
