import { createServer, type Server } from 'node:http';
import { readTarget } from '../gate/request-target.ts';

/**
 * What answers by plain http at a name that is one of https: Cloud Run leads to https, and Google's APIs are not there.
 * @see https://docs.cloud.google.com/run/docs/triggering/https-request#http-to-https-redirects
 */
export function createToHttps(): Server {
  return createServer((request, response) => {
    request.resume();
    const { host = '', target = '' } = readTarget(request) ?? {};
    if (host.endsWith('.run.app')) {
      const location = `https://${host}${target}`;
      response.writeHead(302, { location, 'content-length': 0, server: 'Google Frontend' }).end();
      return;
    }
    const text = `run-edges: ${host} answers by https on port 443 alone. Ask for https://${host}.\n`;
    response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(text);
  });
}
