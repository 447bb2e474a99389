import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Decision, DecisionLog } from '../decisions/decision-log.ts';
import { requestLogText } from '../decisions/request-log.ts';
import type { Iam } from '../iam/iam.ts';
import { authorize, type Directory, type Readings, type Receiver } from './authorize.ts';
import { type BearerCredential, createCredentialReader } from './credentials.ts';
import { addressOf, headersForContainer } from './forwarded-headers.ts';
import type { Hosted } from './hosts.ts';
import { ingressRule } from './ingress.ts';
import { sendRefusal } from './own-answers.ts';
import { type Backend, passOn } from './pass-on.ts';
import type { Failure } from './proxy.ts';
import { type RequestTarget, readTarget } from './request-target.ts';
import type { Verdict } from './rules.ts';
import type { ResolvedGateSettings } from './settings.ts';
import type { UpgradeSocket } from './switch-protocols.ts';
import { type Trace, traceOf } from './trace.ts';

export interface GatedService extends Receiver, Hosted {
  /** False before the service is deployed and after it was deleted: its gate knows nobody then. */
  readonly deployed: () => boolean;
  /** The revision that a request for this host goes to. */
  readonly backend: (host: string) => Backend;
}

export interface GateOptions {
  /** The service that this gate stands before. */
  readonly service: GatedService;
  /** The service that a `run.app` host name belongs to. */
  readonly serviceAt: (host: string) => GatedService | undefined;
  readonly directory: Directory;
  readonly decisions: DecisionLog;
  readonly iam: Iam;
  readonly settings: ResolvedGateSettings;
}

export interface Gate {
  readonly server: Server;
  /** What would be decided about a request with this token. Nothing of it is remembered. */
  judge(given: { readonly header: string; readonly token: string }, address: string | undefined): Verdict;
  /** Cuts the connections that speak another protocol by now, which the server knows no more. */
  cut(): void;
}

/** What was decided about a request. */
interface Decided {
  readonly verdict: Verdict;
  /** Name of the service, or the host that none has. */
  readonly receiver: string;
  readonly at: RequestTarget;
  readonly trace: Trace;
  /** Where the request may go. */
  readonly service?: GatedService;
  /** The token whose signature goes. */
  readonly consumed?: BearerCredential | undefined;
}

const nothing = () => undefined;

/** Cloud Run's front end for one service: host, reserved paths, ingress, IAM, limits, then the container. */
export function createGate(options: GateOptions): Gate {
  const { service: own, serviceAt, directory, decisions, iam, settings } = options;
  const { headersTimeout, maxHeaderBytes } = settings;
  const isReserved = reservedPaths(settings.reservedPaths);
  const readings: Readings = {
    ingress: ingressRule(settings.internal),
    hideFromUsers: settings.hideFromUsers,
    rolesOf: (name, principal) => iam.rolesOf(`services/${name}`, principal),
  };
  const readCredential = createCredentialReader();
  const switched = new Set<Duplex>();

  const server = createServer({
    headersTimeout,
    // Measured from the head on, where the request is forwarded.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(30_000, headersTimeout / 2),
    maxHeaderSize: maxHeaderBytes,
    // A request without a body needs no stream that ends. Node before 24.12 does not know it, and makes one.
    optimizeEmptyRequests: true,
    shouldUpgradeCallback: isWebSocket,
  });
  server.on('request', (request, response) => handle(request, response));
  server.on('checkContinue', (request, response) => handle(request, response));
  server.on('connect', (_request, socket: Duplex) => {
    socket.on('error', nothing);
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    switched.add(socket);
    socket.on('close', () => switched.delete(socket));
    socket.on('error', nothing);
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.on('finish', () => socket.destroySoon());
    handle(request, response, { socket, head });
  });

  return {
    server,
    judge({ header, token }, address) {
      const credential = createCredentialReader()([header, `Bearer ${token}`]);
      const tokenRules = { ...own.tokenRules, verifier: own.tokenRules.verifier.forgetful };
      return authorize({ credential, path: '/', address }, { ...own, tokenRules }, directory, readings);
    },
    cut() {
      for (const socket of switched) socket.destroy();
    },
  };

  function handle(request: IncomingMessage, response: ServerResponse, upgrade?: UpgradeSocket): void {
    response.on('error', nothing);
    const decided = decide(request);
    const { verdict, service, at, trace, consumed } = decided;
    const onStatus = (status: number, failure?: Failure) =>
      decisions.add(decisionOf(request, decided, status, failure ?? verdict));
    if (verdict.refusal !== 0 || service === undefined) {
      const status = verdict.refusal || 404;
      onStatus(status);
      sendRefusal(request, response, status, at.path);
      return;
    }
    const headers = headersForContainer(request, trace, consumed);
    passOn({ request, response, at, trace, upgrade, headers, onStatus }, service.backend(at.host), settings);
  }

  function decide(request: IncomingMessage): Decided {
    const trace = traceOf(request.headers.traceparent);
    const at = readTarget(request);
    if (at === undefined) return { verdict: malformed, receiver: own.name, at: nowhere, trace };
    const service = at.host.endsWith('.run.app') ? serviceAt(at.host) : own;
    if (service === undefined) return { verdict: unknownHost(at), receiver: at.host, at, trace };
    const receiver = service.name;
    if (!service.deployed()) return { verdict: notDeployed(receiver), receiver, at, trace };
    if (isReserved(at.path)) return { verdict: reservedPath(at.path), receiver, at, trace };

    const credential = readCredential(request.rawHeaders);
    const attempt = { credential, path: at.path, address: addressOf(request) };
    const verdict = authorize(attempt, service, directory, readings);
    const consumed = verdict.rule === 'invoker' && credential.kind === 'bearer' ? credential : undefined;
    const kept = consumed?.header === 'authorization' && !settings.stripAuthorization;
    return { verdict, receiver, at, trace, service, consumed: kept ? undefined : consumed };
  }
}

function decisionOf(
  { method = '' }: IncomingMessage,
  { receiver, at, trace, verdict }: Decided,
  status: number,
  { rule, reason, mend }: Failure,
): Decision {
  return {
    time: timestamp(Date.now()),
    caller: verdict.caller,
    receiver,
    method,
    path: at.path,
    status,
    rule,
    reason,
    mend,
    log: requestLogText(rule),
    trace: trace.id,
  };
}

let newest = { at: 0, text: '' };

/** RFC 3339. Many requests fall into one millisecond. */
function timestamp(at: number): string {
  if (at !== newest.at) newest = { at, text: new Date(at).toISOString() };
  return newest.text;
}

/** Whatever else a caller would like to switch to (Java's client offers h2c) is answered in HTTP/1.1. */
function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

function refusal(status: 400 | 404, rule: Verdict['rule'], reason: string, mend: string): Verdict {
  return { refusal: status, rule, reason, mend, caller: 'anonymous' };
}

const malformed = refusal(
  400,
  'malformed-request',
  'the request names no path, or several hosts',
  'Send one Host and a path that begins with "/".',
);

const nowhere: RequestTarget = { host: '', authority: '', target: '/', path: '/' };

function reservedPath(path: string): Verdict {
  const reason = `Cloud Run keeps ${path} for itself`;
  return refusal(404, 'reserved-path', reason, 'Name the path otherwise, /health for example.');
}

function reservedPaths(paths: readonly string[]): (path: string) => boolean {
  const beginnings = paths.filter((path) => path.endsWith('*')).map((path) => path.slice(0, -1));
  const exact = new Set(paths);
  return (path) => exact.has(path) || beginnings.some((beginning) => path.startsWith(beginning));
}

function notDeployed(name: string): Verdict {
  return refusal(404, 'unknown-host', `${name} is not deployed`, `Deploy it: gcloud run deploy ${name} --image=IMAGE`);
}

function unknownHost({ host }: RequestTarget): Verdict {
  return refusal(404, 'unknown-host', `no service has the host name ${host}`, 'Use the URL of a declared service.');
}
