// For Cloud Run as it is: nothing here knows of another place.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

const renderer = process.env.EDITOR_UPSTREAM_RENDER_URL;
if (renderer === undefined) throw new Error('add the EDITOR_UPSTREAM_RENDER_URL environment variable');

const metadata = 'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity';

/** Who asks by plain http is nobody: a token would be for all to read. */
async function authorization() {
  if (!renderer.startsWith('https://')) return {};
  const answer = await fetch(`${metadata}?audience=${renderer}`, { headers: { 'Metadata-Flavor': 'Google' } });
  if (!answer.ok) throw new Error(`the metadata server answered ${answer.status}`);
  return { Authorization: `bearer ${await answer.text()}` };
}

createServer(async (request, response) => {
  try {
    const init = { method: 'POST', headers: await authorization(), body: await text(request) };
    const rendered = await fetch(renderer, init);
    response.writeHead(rendered.status, { 'content-type': 'text/html' }).end(await rendered.text());
  } catch (error) {
    response.writeHead(500).end(`${error.message}: ${error.cause?.message}`);
  }
}).listen(process.env.PORT);
