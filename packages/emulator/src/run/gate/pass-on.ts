import type { Coming } from '../runtime/instance.ts';
import { type Admission, once } from './admission.ts';
import type { FrontEnd } from './front-end.ts';
import { isGrpc } from './http2/grpc.ts';
import { answerInstead, hasBody, sendRefusal } from './own-answers.ts';
import { forward } from './proxy.ts';
import { waitsForContinue } from './request-faults.ts';
import type { RequestTarget } from './request-target.ts';
import type { ServedRequest } from './served-request.ts';
import type { ResolvedGateSettings } from './settings.ts';
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
  readonly served: ServedRequest;
  readonly at: RequestTarget;
  readonly trace: Trace;
  /** Names and values in turn, as the container is to see them. */
  readonly headers: string[];
}

/** Brings a request that IAM let through to the container, within Cloud Run's limits. @see https://docs.cloud.google.com/run/quotas */
export function passOn(passage: Passage, backend: Backend, settings: ResolvedGateSettings): void {
  const { served, at } = passage;
  const { request, response } = served;
  const { http2, concurrency, maxInstances } = backend.frontEnd();
  const length = Number(request.headers['content-length'] ?? 0);
  if (!http2 && !isGrpc(request) && length > settings.maxRequestBytes) {
    served.tell(413, {
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
    response.off('close', onGone);
    if (admitted) {
      toContainer(passage, backend, settings, leaveQueue);
      return;
    }
    leaveQueue();
    served.tell(429, {
      rule: 'no-instance',
      reason: `${maxInstances} instances with ${concurrency} requests each are busy`,
      mend: 'Raise maxInstances or concurrency, or answer sooner.',
    });
    answerInstead(request, response, 429, at.path);
  });
  const onGone = () => {
    leaveQueue();
    served.tellGone();
  };
  response.on('close', onGone);
}

/** Whoever gave the place must not meet what goes wrong with this request. */
function toContainer(passage: Passage, backend: Backend, settings: ResolvedGateSettings, onDone: () => void): void {
  try {
    bring(passage, backend, settings, onDone);
  } catch (error) {
    onDone();
    passage.served.fail(error);
  }
}

/** Where the container is on its way, the request waits for it. */
function bring(passage: Passage, backend: Backend, settings: ResolvedGateSettings, onDone: () => void): void {
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
  const { served } = passage;
  const done = once(onDone);
  // Who goes away meanwhile waits no more.
  served.response.on('close', done);
  const came = (how: Coming) => {
    const up = backend.container();
    if (served.response.destroyed) served.tellGone();
    else if (up === undefined) fail(passage, backend, how, done);
    else send(passage, up, backend.frontEnd(), settings, done);
  };
  coming.then(came).catch((error: unknown) => {
    done();
    served.fail(error);
  });
}

function fail({ served, at }: Passage, { name }: Backend, how: Coming, onDone: () => void): void {
  const late = how === 'late';
  const status = late ? 429 : 503;
  served.tell(status, {
    rule: late ? 'no-instance' : 'container-failed',
    reason: `no container of ${name} ${late ? 'came up in time' : 'is up'}`,
    mend: 'Read the log of the service.',
  });
  answerInstead(served.request, served.response, status, at.path);
  onDone();
}

function send(
  { served, at, trace, headers }: Passage,
  container: ContainerClient,
  { http2, requestTimeout }: FrontEnd,
  settings: ResolvedGateSettings,
  onDone: () => void,
): void {
  const { request, response, upgrade } = served;
  const grpc = isGrpc(request);
  const unlimited = http2 || grpc;
  if (waitsForContinue(request)) response.writeContinue();
  forward(served, {
    container,
    outgoing: {
      method: request.method ?? 'GET',
      target: at.target,
      authority: at.authority,
      headers,
      body: upgrade === undefined && hasBody(request) ? request : undefined,
      length: request.headers['content-length'],
      limit: unlimited ? Number.POSITIVE_INFINITY : settings.maxRequestBytes,
      upgrade: upgrade === undefined ? undefined : 'websocket',
      grpc,
    },
    trace,
    path: at.path,
    timeout: requestTimeout,
    maxResponseBytes: unlimited ? Number.POSITIVE_INFINITY : settings.maxResponseBytes,
    onDone,
  });
}
