// Stands for us-docker.pkg.dev/cloudrun/container/hello: says which service and revision runs, as that one does.
import { createServer } from 'node:http';

const { PORT = '8080', K_SERVICE = 'a service', K_REVISION = 'none' } = process.env;

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${K_SERVICE} is running</title>
<style>
  :root { color-scheme: light dark; font: 1.1rem / 1.6 system-ui, sans-serif }
  body { max-width: 34rem; margin: 15vh auto; padding: 0 1.2rem }
  h1 { font-size: 1.6rem }
</style>
<h1>It’s running!</h1>
<p>This is <strong>${K_SERVICE}</strong>, revision ${K_REVISION}, in the emulator: an app of its own in place of Google’s
image <code>us-docker.pkg.dev/cloudrun/container/hello</code>.</p>
<p>Deploy yours in its place: <code>gcloud run deploy ${K_SERVICE} --image=IMAGE</code>.</p>
</html>
`;

const server = createServer((request, response) => {
  request.resume();
  response.setHeader('content-type', 'text/html; charset=utf-8').end(page);
});
process.on('SIGTERM', () => server.close());
server.listen(Number(PORT));
