import type { Socket } from 'node:net';
import type { CallerRequest } from '../caller-request.ts';

/** Milliseconds until a container must have taken a connection: one that is gone says nothing. */
export const CONNECT_TIMEOUT_MS = 5_000;

/** A request as the container gets it. */
export interface ContainerRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly authority: string;
  /** Names and values in turn; neither Host nor what frames the body or the connection. The client may add those in place. */
  readonly headers: string[];
  /** The caller's request, where it has a body. */
  readonly body: CallerRequest | undefined;
  /** Bytes of the body, where it is not chunked. */
  readonly length: string | undefined;
  /** Most bytes of a body. */
  readonly limit: number;
  /** The protocol to switch to, where the caller asks for one. */
  readonly upgrade: string | undefined;
  /** Whether it is gRPC in HTTP/2, which nothing else carries. */
  readonly grpc: boolean;
}

export interface AnswerHead {
  readonly status: number;
  readonly reason: string;
  /** Names and values in turn, as they were sent. */
  readonly headers: readonly string[];
  /** Bytes of the body that follows, where there is one and Content-Length says so. */
  readonly length: number | undefined;
}

/** Told the container's answer. `onEnd`, `onSwitch` or `onFailure` is the last that it is told, and comes once. */
export interface AnswerHandler {
  onHead(head: AnswerHead): void;
  /** @returns false to pause until `resume` @param last whether the answer is known to end with this chunk */
  onData(chunk: Buffer, last: boolean): boolean;
  onEnd(trailers: readonly string[]): void;
  /** The container speaks another protocol on this connection from now on; `rest` came with the head. */
  onSwitch(head: AnswerHead, connection: Socket, rest: Buffer): void;
  onFailure(error: Error): void;
}

export interface Exchange {
  resume(): void;
  /** The caller is gone, or got another answer: the container sees its own caller go. Nothing is told any more. */
  abort(): void;
}

/** Brings requests to one container. */
export interface ContainerClient {
  send(request: ContainerRequest, handler: AnswerHandler): Exchange;
  /** Cuts every connection; requests under way fail. */
  close(): void;
}

/** The caller sent more than the limit. */
export class RequestTooLarge extends Error {
  override readonly name = 'RequestTooLarge';
}

/** Whether a request may be sent again that may have reached the container. @see RFC 9110 section 9.2.2 */
export function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}
