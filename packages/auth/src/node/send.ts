import { PROBLEM_TYPE, type Refusal } from '../guard/refusal.ts';

/** What is used of Node's responses, of HTTP/1.1 or HTTP/2. */
export interface NodeResponse {
  readonly headersSent: boolean;
  writeHead(status: number, headers: Record<string, string | number>): unknown;
  end(body: string): unknown;
}

/** Answers with a refusal, unless somebody (a timeout) has answered meanwhile. */
export function send(response: NodeResponse, { status, headers, problem }: Refusal): void {
  if (response.headersSent) return;
  const body = JSON.stringify(problem);
  response.writeHead(status, { ...headers, 'content-type': PROBLEM_TYPE, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
