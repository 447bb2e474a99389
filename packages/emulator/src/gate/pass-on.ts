import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Coming } from '../runtime/instance.ts';
import { type Admission, once } from './admission.ts';
import type { FrontEnd } from './front-end.ts';
import { hasBody, sendFailure, sendRefusal } from './own-answers.ts';
import { type Failure, forward } from './proxy.ts';
import type { RequestTarget } from './request-target.ts';
import type { ResolvedGateSettings } from './settings.ts';
import type { UpgradeSocket } from './switch-protocols.ts';
import type { Trace } from './trace.ts';
import type { ContainerClient } from './upstream/container-client.ts';

/** What stands behind a gate. */
export interface Backend {
  readonly name: string;
  readonly frontEnd: () => FrontEnd;
  /** Where the container answers, or undefined while none is up. */
  readonly container: () => ContainerClient | undefined;
  /** What becomes of a container that is on its way; undefined where none comes. */
  readonly coming: () => Promise<Coming> | undefined;
  readonly admission: Admission;
}

/** A request that may reach the container. */
export interface Passage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly at: RequestTarget;
  readonly trace: Trace;
  readonly upgrade: UpgradeSocket | undefined;
  /** Names and values in turn, as the container is to see them. */
  readonly headers: string[];
  readonly onStatus: (status: number, failure?: Failure) => void;
}

/** Brings a request that IAM let through to the container, within Cloud Run's limits. @see https://docs.cloud.google.com/run/quotas */
export function passOn(passage: Passage, backend: Backend, settings: ResolvedGateSettings): void {
  const { request, response, at, onStatus } = passage;
  const { http2, concurrency, maxInstances } = backend.frontEnd();
  const length = Number(request.headers['content-length'] ?? 0);
  if (!http2 && length > settings.maxRequestBytes) {
    onStatus(413, {
      rule: 'request-too-large',
      reason: `the body has ${length} bytes, more than ${settings.maxRequestBytes}`,
      mend: 'Send less, or let the service speak HTTP/2.',
    });
    sendRefusal(request, response, 413, at.path);
    return;
  }

  const capacity = concurrency * maxInstances;
  const leave = backend.admission.enter(capacity);
  if (leave !== undefined) {
    toContainer(passage, backend, settings, leave);
    return;
  }
  const leaveQueue = backend.admission.wait(capacity, (admitted) => {
    response.off('close', leaveQueue);
    if (admitted) {
      toContainer(passage, backend, settings, leaveQueue);
      return;
    }
    leaveQueue();
    onStatus(429, {
      rule: 'no-instance',
      reason: `${maxInstances} instances with ${concurrency} requests each are busy`,
      mend: 'Raise maxInstances or concurrency, or answer sooner.',
    });
    sendFailure(request, response, 429);
  });
  response.on('close', leaveQueue);
}

/** Where the container is on its way, the request waits for it. */
function toContainer(passage: Passage, backend: Backend, settings: ResolvedGateSettings, onDone: () => void): void {
  const container = backend.container();
  if (container !== undefined) {
    send(passage, container, backend.frontEnd(), settings, onDone);
    return;
  }
  const coming = backend.coming();
  if (coming === undefined) {
    fail(passage, backend, 'failed', onDone);
    return;
  }
  const { response } = passage;
  const done = once(onDone);
  // Who goes away meanwhile waits no more.
  response.on('close', done);
  coming.then((how) => {
    const up = backend.container();
    if (response.destroyed) done();
    else if (up === undefined) fail(passage, backend, how, done);
    else send(passage, up, backend.frontEnd(), settings, done);
  });
}

function fail({ request, response, onStatus }: Passage, { name }: Backend, how: Coming, onDone: () => void): void {
  const late = how === 'late';
  const status = late ? 429 : 503;
  onStatus(status, {
    rule: late ? 'no-instance' : 'container-failed',
    reason: `no container of ${name} ${late ? 'came up in time' : 'is up'}`,
    mend: 'Read the log of the service.',
  });
  sendFailure(request, response, status);
  onDone();
}

function send(
  { request, response, at, trace, upgrade, headers, onStatus }: Passage,
  container: ContainerClient,
  { http2, requestTimeout }: FrontEnd,
  settings: ResolvedGateSettings,
  onDone: () => void,
): void {
  if (request.headers.expect !== undefined) response.writeContinue();
  forward(request, response, {
    container,
    outgoing: {
      method: request.method ?? 'GET',
      target: at.target,
      authority: at.authority,
      headers,
      body: upgrade === undefined && hasBody(request) ? request : undefined,
      length: request.headers['content-length'],
      limit: http2 ? Number.POSITIVE_INFINITY : settings.maxRequestBytes,
      upgrade: upgrade === undefined ? undefined : 'websocket',
    },
    trace,
    path: at.path,
    timeout: requestTimeout,
    maxResponseBytes: http2 ? Number.POSITIVE_INFINITY : settings.maxResponseBytes,
    upgrade,
    onStatus,
    onDone,
  });
}
