import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { type Declaration, didYouMean, printable, readDeclaration, type Sender } from '@run-edges/edges';
import { Command } from 'commander';
import { findEdge } from '../call/edge.ts';
import { TargetError } from '../emulator-api.ts';
import { keptToken } from '../relay/kept-token.ts';
import { createRelay, type Relayed } from '../relay/relay.ts';
import { colour } from '../terminal/colour.ts';
import { print, tell } from '../terminal/output.ts';
import { edgesOption, hostName, targetOption, visible, wholeNumber } from './shared-options.ts';

interface RelayFlags {
  readonly edges: string;
  readonly target: string;
  readonly host: string;
  readonly port: number;
  readonly secret?: string;
  readonly json: boolean;
}

export function relayCommand(): Command {
  return new Command('relay')
    .description(
      'Stand behind a source that sends no token, such as the official Pub/Sub emulator, and add the one of a sender.',
    )
    .argument('<sender>', 'a sender of the declaration', visible('a name'))
    .addOption(edgesOption())
    .addOption(targetOption())
    .option('--host <address>', 'where it listens', hostName, '127.0.0.1')
    .option('--port <number>', 'its port; 0: a free one', wholeNumber(0, 65_535), 0)
    .option(
      '--secret <text>',
      'the last part of its address, 16 to 100 letters and digits (default: another one each time)',
      visible('16 to 100 letters and digits', /^[A-Za-z0-9]{16,100}$/),
    )
    .option('--json', 'print {endpoint, sender, receiver, url, audience} as JSON', false)
    .addHelpText(
      'after',
      `
Give the printed address to the source as its push endpoint. What is sent there goes to the sender's receiver and path,
through its gate, with the sender's token; what comes back goes back. Who knows the address may make the sender call:
another one is made each time, unless --secret says it.

With the official Pub/Sub emulator: gcloud pubsub subscriptions create NAME --topic=TOPIC --push-endpoint=ADDRESS`,
    )
    .action(relay);
}

async function relay(name: string, flags: RelayFlags): Promise<void> {
  const { target, host, port, secret = randomBytes(18).toString('hex'), json } = flags;
  const sender = senderIn(readDeclaration(flags.edges), name);
  const edge = await findEdge(target, name, sender.to);
  const url = new URL(sender.path, edge.url);
  const ended = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve);
  });
  const token = keptToken(async () => (await edge.token()) ?? '');
  // What the emulator refuses is said before anything is sent.
  await token();
  const said = `${name} -> ${sender.to} ${sender.path}`;
  const server = createRelay({ target: url, token, secret, onRelayed: (one) => tell(line(said, one)) });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new TargetError(`The relay cannot listen on ${host}:${port} (${error.code}).`, 'Name another --port.')),
    );
    server.listen({ host, port }, resolve);
  });
  const { port: own } = server.address() as AddressInfo;
  const endpoint = `http://${host.includes(':') ? `[${host}]` : host}:${own}/${secret}`;
  const { to: receiver } = sender;
  print(
    json
      ? JSON.stringify({ endpoint, sender: name, receiver, url: url.href, audience: edge.audience }, null, 2)
      : endpoint,
  );
  if (!json) tell(`${said}: give that address to the source as its push endpoint. Press Ctrl-C to stop.`);
  await ended;
  server.close();
  server.closeAllConnections();
}

/** @throws TargetError */
function senderIn({ senders = [], file }: Declaration, name: string): Sender {
  const found = senders.find((sender) => sender.name === name);
  if (found !== undefined) return found;
  const known = senders.map((sender) => sender.name);
  const mend = known.length === 0 ? 'Declare one under senders.' : `Known: ${printable(known.join(', '))}.`;
  throw new TargetError(`${JSON.stringify(name)} is no sender of ${file}.`, didYouMean(name, known) ?? mend);
}

function line(said: string, { method, status, fault }: Relayed): string {
  const good = status !== undefined && status < 400;
  return `${colour(good ? 'green' : 'red', `${status ?? 'no answer'}`)} ${printable(`${said} ${method}${fault === undefined ? '' : `: ${fault}`}`)}`;
}
