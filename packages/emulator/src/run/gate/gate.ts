import type { Iam } from '../../iam/policies/iam.ts';
import { authorize, type Directory, type Readings, type Receiver } from './authorize.ts';
import type { CallerRequest, CallerResponse } from './caller-request.ts';
import { type BearerCredential, createCredentialReader } from './credentials.ts';
import type { Decisions } from './decision.ts';
import { addressOf, headersForContainer } from './forwarded-headers.ts';
import { createFrontServer } from './front-server.ts';
import type { Hosted } from './hosts.ts';
import type { TwoProtocolServer } from './http2/two-protocol-server.ts';
import { ingressRule } from './ingress.ts';
import { learned } from './learned.ts';
import { sendRefusal } from './own-answers.ts';
import { type Backend, passOn } from './pass-on.ts';
import { faultIn, type RequestFault } from './request-faults.ts';
import { type RequestTarget, readTarget } from './request-target.ts';
import type { Failure } from './rules.ts';
import { type Decided, decisionOf, ServedRequest } from './served-request.ts';
import type { ResolvedGateSettings, StripAuthorization } from './settings.ts';
import type { UpgradeSocket } from './switch-protocols.ts';
import { traceOf } from './trace.ts';
import type { Verdict } from './verdict.ts';

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
  readonly decisions: Decisions;
  readonly iam: Iam;
  readonly settings: ResolvedGateSettings;
  /** Whoever is refused is let through all the same, and told of as such. */
  readonly learning: boolean;
}

export interface Gate {
  readonly server: TwoProtocolServer;
  /** What would be decided about a request with this token. Nothing of it is remembered. */
  judge(given: { readonly header: string; readonly token: string }, address: string | undefined): Verdict;
  /** Cuts the connections that speak another protocol by now, which the server knows no more. */
  cut(): void;
}

/** What was decided, and how the request goes on where it may. */
interface Routed extends Decided {
  /** Where the request may go. */
  readonly service?: GatedService;
  /** The token whose signature goes. */
  readonly consumed?: BearerCredential | undefined;
}

/** Cloud Run's front end for one service: host, reserved paths, ingress, IAM, limits, then the container. */
export function createGate(options: GateOptions): Gate {
  const { service: own, serviceAt, directory, decisions, iam, settings, learning } = options;
  const isReserved = reservedPaths(settings.reservedPaths);
  const readings: Readings = {
    ingress: ingressRule(settings.internal),
    hideFromUsers: settings.hideFromUsers,
    rolesOf: (name, principal) => iam.rolesOf(`services/${name}`, principal),
    failingGrants: (name, principal, path) =>
      iam.grantsTo({ permission: 'run.routes.invoke', resource: `services/${name}`, principal, path }).failing,
  };
  const readCredential = createCredentialReader();
  const undecided: Decided = { verdict: malformed, receiver: own.name, at: nowhere, trace: traceOf(undefined) };
  const { server, cut } = createFrontServer({ settings, onRequest: serve, onRubbish });

  return {
    server,
    judge({ header, token }, address) {
      const credential = createCredentialReader()([header, `Bearer ${token}`]);
      const tokenRules = { ...own.tokenRules, verifier: own.tokenRules.verifier.forgetful };
      return authorize({ credential, path: '/', address }, { ...own, tokenRules }, directory, readings);
    },
    cut,
  };

  /** Whatever goes wrong with a request ends it alone. */
  function serve(request: CallerRequest, response: CallerResponse, upgrade?: UpgradeSocket): ServedRequest {
    const served = new ServedRequest(request, response, upgrade, undecided, decisions);
    try {
      const routed = decide(request);
      served.decided = routed;
      answer(served, routed);
    } catch (error) {
      served.fail(error);
    }
    return served;
  }

  function answer(served: ServedRequest, { verdict, service, at, trace, consumed }: Routed): void {
    const { request, response } = served;
    if (verdict.refusal !== 0 || service === undefined) {
      const status = verdict.refusal || 404;
      served.tell(status);
      sendRefusal(request, response, status, at.path);
      return;
    }
    const headers = headersForContainer(request, trace, consumed, settings);
    passOn({ served, at, trace, headers }, service.backend(at.host), settings);
  }

  function onRubbish(status: number, failure: Failure): void {
    decisions.add(decisionOf('', { ...undecided, trace: traceOf(undefined) }, status, failure));
  }

  function decide(request: CallerRequest): Routed {
    const trace = traceOf(request.headers.traceparent);
    const at = readTarget(request);
    const fault = faultIn(request);
    if (fault !== undefined) return { verdict: faulty(fault), receiver: own.name, at: at ?? nowhere, trace };
    if (at === undefined) return { verdict: malformed, receiver: own.name, at: nowhere, trace };
    const service = at.host.endsWith('.run.app') ? serviceAt(at.host) : own;
    if (service === undefined) return { verdict: unknownHost(at), receiver: at.host, at, trace };
    const receiver = service.name;
    if (!service.deployed()) return { verdict: notDeployed(receiver), receiver, at, trace };
    if (isReserved(at.path)) return { verdict: reservedPath(at.path), receiver, at, trace };

    const credential = readCredential(request.rawHeaders);
    const attempt = { credential, path: at.path, address: addressOf(request) };
    const decided = authorize(attempt, service, directory, readings);
    const verdict = learning ? learned(decided, request.headers) : decided;
    const consumed =
      verdict.refusal === 0 && verdict.kind !== undefined && credential.kind === 'bearer' ? credential : undefined;
    const stripped = consumed?.header === 'x-serverless-authorization' || strips[settings.stripAuthorization](verdict);
    return { verdict, receiver, at, trace, service, consumed: stripped ? consumed : undefined };
  }
}

/** Whether a token that was consumed in `Authorization` loses its signature. */
const strips: Readonly<Record<StripAuthorization, (verdict: Verdict) => boolean>> = {
  always: () => true,
  users: ({ kind }) => kind === 'user',
  never: () => false,
};

function refusal(status: 400 | 404 | 405 | 411 | 417, rule: Verdict['rule'], reason: string, mend: string): Verdict {
  return { refusal: status, rule, reason, mend, caller: 'anonymous' };
}

const malformed = refusal(
  400,
  'malformed-request',
  'the request names no path, or not one host',
  'Send one Host and a path that begins with "/".',
);

function faulty({ status, reason, mend }: RequestFault): Verdict {
  return refusal(status, 'malformed-request', reason, mend);
}

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
