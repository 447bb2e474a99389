import { printable } from '@run-edges/edges';
import { Command, InvalidArgumentError, Option } from 'commander';
import { findEdge } from '../call/edge.ts';
import { type Answered, send } from '../call/send.ts';
import { answers } from '../emulator-answers.ts';
import { askEmulator } from '../emulator-api.ts';
import { colour } from '../terminal/colour.ts';
import { pass, print, tell } from '../terminal/output.ts';
import { targetOption, urlPath, visible } from './shared-options.ts';

type Header = readonly [name: string, value: string];

interface CallFlags {
  readonly target: string;
  readonly method?: string;
  readonly data?: string;
  readonly header?: readonly Header[];
  readonly json: boolean;
}

export function callCommand(): Command {
  return new Command('call')
    .description(
      'Call a receiver of a running emulator as a caller, through its gate, and say why where it is refused.',
    )
    .argument('<caller>', 'whoever is declared to call, anonymous, or stranger', visible('a name'))
    .argument('<receiver>', 'a service, or a receiver that others own', visible('a name'))
    .argument('[path]', 'what is asked for', urlPath, '/')
    .addOption(targetOption())
    .option(
      '--method <method>',
      'its method (default: GET, with --data POST)',
      visible('a method that a client may send', /^(?!(?:connect|trace|track)$)[a-z]{1,20}$/i),
    )
    .option('--data <text>', 'its body; JSON is sent as JSON', anyText)
    .addOption(
      new Option('--header <name: value>', 'a header of it; may be repeated').argParser(
        (text: string, before: readonly Header[] = []) => [...before, asHeader(text)],
      ),
    )
    .option('--json', 'print {status, headers, body, decision} as JSON', false)
    .addHelpText(
      'after',
      `
The body of the answer is on standard output, the status and why it is so on standard error. Where --header has an
Authorization, the token is in X-Serverless-Authorization. As JSON, set-cookie is a list, and other headers are texts.
Exit code: 0 for an answer below 400, else 1.`,
    )
    .action(call);
}

async function call(caller: string, receiver: string, path: string, flags: CallFlags, command: Command): Promise<void> {
  const { target, data, header: headers = [], json } = flags;
  const method = (flags.method ?? (data === undefined ? 'GET' : 'POST')).toUpperCase();
  if (data !== undefined && /^(?:GET|HEAD)$/.test(method))
    command.error(`error: ${method} has no body: leave --data out`);
  const edge = await findEdge(target, caller, receiver);
  const answered = await send(edge, { path, method, headers, data });
  const decision = await decisionOn(target, answered);
  if (answered.status >= 400) process.exitCode = 1;
  const { status, body } = answered;
  if (json)
    return print(JSON.stringify({ status, headers: answered.headers, body, decision: decision ?? null }, null, 2));
  pass(body);
  tell(`${colour(status < 400 ? 'green' : 'red', `${status}`)} ${printable(answered.statusText)}`);
  if (status < 400) return;
  const { reason = '', mend = '' } = decision ?? {};
  if (mend !== '') tell(`${printable(`${caller} -> ${receiver}: ${reason}. ${mend}`)}`);
  else tell(printable(`The gate let ${caller} in; ${receiver} itself answers so.`));
}

async function decisionOn(target: string, { trace }: Answered) {
  const path = `/run-edges/v1/decisions?trace=${trace}`;
  const { decisions } = await askEmulator(target, path, answers.decisions);
  return decisions.findLast((decision) => decision.trace === trace);
}

function anyText(text: string): string {
  if (text === '' || text.includes('\0')) throw new InvalidArgumentError('It takes a text.');
  return text;
}

/** @see https://httpwg.org/specs/rfc9110.html#fields */
function asHeader(text: string): Header {
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+): ?([\t\u0020-\u007e]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('It takes a header such as "Accept: text/plain".');
  if (OF_THE_CONNECTION.has(name.toLowerCase()))
    throw new InvalidArgumentError(`It takes no ${name}: that is of the connection, and is sent as --data wants it.`);
  if (OWN.has(name.toLowerCase()))
    throw new InvalidArgumentError(`It takes no ${name}: by it the decision on the request is found.`);
  return [name, value];
}

/** What frames a message, or holds for one hop. https://httpwg.org/specs/rfc9110.html#field.connection */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What `call` sends itself, in any case. */
const OWN: ReadonlySet<string> = new Set(['traceparent']);
