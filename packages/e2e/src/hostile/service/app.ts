import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { attempts, type Given } from './attempts.ts';

/** A service that does to its neighbours what it is told: `POST /NAME OF ATTEMPT` with what it is to know. */
const { PORT, STATE_DIR = '', SECRET } = process.env;
if (SECRET !== undefined) writeFileSync(join(STATE_DIR, 'secret'), SECRET);

createServer(async (request, response) => {
  const attempt = attempts[request.url?.slice(1) ?? ''];
  if (attempt === undefined) return response.end('from the container');
  const tried = await attempt((await json(request)) as Given).catch((error: Error) => ({ failed: `${error.stack}` }));
  return response.end(JSON.stringify(tried));
}).listen(Number(PORT));
