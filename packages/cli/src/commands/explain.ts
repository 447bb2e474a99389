import { openSync, readSync } from 'node:fs';
import {
  ANONYMOUS,
  callersOf,
  type Declaration,
  declaredCalls,
  didYouMean,
  printable,
  readDeclaration,
  receiversOf,
  STRANGER,
} from '@run-edges/edges';
import { type ExplainOptions, type Explanation, explainEdge } from '@run-edges/emulator';
import { Command, Option } from 'commander';
import { answers } from '../emulator-answers.ts';
import { askEmulator, ownAddress, TargetError } from '../emulator-api.ts';
import { colour } from '../terminal/colour.ts';
import { print, tell } from '../terminal/output.ts';
import { edgesOption, file, visible } from './shared-options.ts';

interface ExplainFlags {
  readonly edges: string;
  readonly tokenFile?: string;
  readonly target?: string;
  readonly json: boolean;
}

export function explainCommand(): Command {
  return new Command('explain')
    .description('Say why a caller may or may not call a receiver, and what would change it; no call is made.')
    .argument('<caller>', 'whoever is declared to call, anonymous, or stranger', visible('a name'))
    .argument('<receiver>', 'a declared service, or a receiver that others own', visible('a name'))
    .addOption(edgesOption())
    .option('--token-file <file>', 'look at the token that the caller sends, too; - reads standard input', tokenFile)
    .addOption(
      new Option('--target <url>', 'a running emulator, whose policies and addresses count')
        .argParser(visible('a URL'))
        .env('RUN_EDGES_URL'),
    )
    .option('--json', 'print the explanation as JSON', false)
    .action(async (caller: string, receiver: string, flags: ExplainFlags) => {
      const declaration = readDeclaration(flags.edges);
      const live: Live = flags.target === undefined ? {} : await liveFacts(declaration, flags.target, receiver);
      const token = flags.tokenFile === undefined ? {} : { token: readToken(flags.tokenFile) };
      const explained = explain(declaration, caller, receiver, { ...live, ...token });
      print(flags.json ? JSON.stringify(explained, null, 2) : render(explained));
    });
}

/** @throws TargetError where there is no such edge */
function explain(declaration: Declaration, caller: string, receiver: string, options: ExplainOptions): Explanation {
  try {
    return explainEdge(declaration, caller, receiver, options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // What runs beside the declaration is explained from its policies.
    const { edges = [] } = options;
    const declared = callersOf(declaration).map(({ name }) => name);
    const callers = new Set([ANONYMOUS, ...declared, STRANGER, ...edges.map((edge) => edge.caller)]);
    const receivers = new Set([
      ...receiversOf(declaration).map(({ name }) => name),
      ...edges.map((edge) => edge.receiver),
    ]);
    const meant = [
      callers.has(caller) ? undefined : didYouMean(caller, callers),
      receivers.has(receiver) ? undefined : didYouMean(receiver, receivers),
    ].filter((one) => one !== undefined);
    throw new TargetError(
      `There is no edge ${caller} -> ${receiver}.`,
      [...meant, `Callers: ${[...callers].join(', ')}; receivers: ${[...receivers].join(', ')}.`].join(' '),
    );
  }
}

type Live = Pick<ExplainOptions, 'project' | 'urlsOf' | 'edges' | 'read' | 'invokers' | 'conditional' | 'emailOf'>;

/** Where services are in a running emulator, and whom its policies let in by now. */
async function liveFacts(declaration: Declaration, api: string, receiver: string): Promise<Live> {
  const { services } = await askEmulator(api, '/run-edges/v1/services', answers.services);
  const { external } = await askEmulator(api, '/run-edges/v1/external', answers.external);
  const urls = new Map([...services, ...external].map(({ name, url }) => [name, ownAddress(api, url)]));
  const project = await askEmulator(api, '/run-edges/v1/project', answers.project);
  const { edges, invokers, declared, conditional = [] } = await askEmulator(api, '/run-edges/v1/edges', answers.edges);
  if (declared.join() !== declaredCalls(declaration).join())
    tell(`${printable(declaration.file)} is not what the emulator at ${printable(api)} has read: start it again.`);
  const { principals } = await askEmulator(api, '/run-edges/v1/principals', answers.principals);
  const emails = new Map(principals.map(({ name, email }) => [name, email]));
  return {
    project,
    urlsOf: (service) => [urls.get(service)].filter((url) => url !== undefined),
    edges,
    read: declared,
    invokers: (Object.hasOwn(invokers, receiver) && invokers[receiver]) || [],
    conditional: conditional.includes(receiver),
    emailOf: (name) => emails.get(name),
  };
}

function tokenFile(text: string): string {
  return text === '-' ? text : file(text);
}

/** Bytes; a device has no end. */
const LONGEST_TOKEN = 64 * 1024;

function readToken(file: string): string {
  const refused = (why: string) =>
    new TargetError(
      `The token in ${file} cannot be read (${why}).`,
      'Name a file that holds the token alone, or - for standard input.',
    );
  let bytes: Uint8Array;
  try {
    bytes = readStart(file === '-' ? 0 : openSync(file, 'r'), LONGEST_TOKEN + 1);
  } catch (error) {
    throw refused(`${(error as NodeJS.ErrnoException).code}`);
  }
  if (bytes.length > LONGEST_TOKEN) throw refused('it is longer than any token');
  const token = new TextDecoder().decode(bytes).trim();
  if (token === '') throw refused('it is empty');
  return token;
}

/** No more than so many bytes of an open file, which ends with this process. */
function readStart(file: number, atMost: number): Uint8Array {
  const bytes = new Uint8Array(atMost);
  let length = 0;
  for (let read = -1; read !== 0 && length < atMost; length += read)
    read = readSync(file, bytes, length, atMost - length, null);
  return bytes.subarray(0, length);
}

function render({
  caller,
  receiver,
  verdict,
  status,
  reason,
  identity,
  invokers,
  mend,
  mistakes,
  audiences,
}: Explanation): string {
  const lines = [
    `${caller} -> ${receiver}: ${colour(verdict === 'allowed' ? 'green' : 'red', `${status} ${verdict}`)} (${printable(reason)})`,
    `  ${caller} is ${printable(identity ?? 'nobody: it sends no token')}`,
    `  ${receiver} lets in ${printable(invokers.length === 0 ? 'nobody' : invokers.join(', '))}`,
    ...mistakes.map((mistake) => `  The token: ${printable(mistake.reason)}. ${printable(mistake.mend)}`),
    ...(mistakes.length === 0 ? [] : [`  ${receiver} takes the audiences ${printable(audiences.join(', '))}`]),
    // A refused token is mended first; what the declaration says of the edge is not what stands in the way.
    ...(status === 401 ? [] : [`  ${printable(mend)}`]),
  ];
  return lines.join('\n');
}
