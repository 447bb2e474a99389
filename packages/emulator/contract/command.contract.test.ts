import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Cloud, type EmulatorOptions, startEmulator } from '../src/index.ts';

/** A server in a language of the machine, in a folder without package.json; it answers with its environment and words. */
const server = `
import http.server, json, os, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({'env': dict(os.environ), 'argv': sys.argv[1:], 'cwd': os.getcwd()}).encode()
        self.send_response(200)
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(('0.0.0.0', int(os.environ['PORT'])), Answer).serve_forever()
`;

interface Answer {
  readonly env: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
  readonly cwd: string;
}

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'run-edges-command-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

async function start(text: string, options: Partial<EmulatorOptions> = {}): Promise<{ cloud: Cloud; logs: string[] }> {
  const logs: string[] = [];
  const cloud = await startEmulator({
    edges: parseDeclaration(text, 'edges.yaml'),
    onLog: ({ line }) => logs.push(line),
    ...options,
  });
  onTestFinished(() => cloud.stop());
  return { cloud, logs };
}

const ask = async (cloud: Cloud, name: string) => (await (await fetch(cloud.service(name).url)).json()) as Answer;

describe('a service of any language', () => {
  test('is started by its command, with what the file and the caller give it, from its folder', async () => {
    const source = await folderOf({ 'app.py': server });
    const { cloud } = await start(
      `services:
  api:
    public: true
    source: "${source}"
    command: exec python3 app.py --port $PORT "$GREETING" '$GREETING' | cat
    env: { GREETING: hello there, FROM: file }
    calls: [words]
  words: { public: true, source: "${source}", command: [python3, app.py, --port, $PORT, "it's"] }`,
      { env: { api: { FROM: 'caller' } } },
    );
    const { env, argv, cwd } = await ask(cloud, 'api');
    expect(argv).toEqual(['--port', env.PORT, 'hello there', '$GREETING']);
    expect(cwd).toBe(source);
    expect(env).toMatchObject({
      GREETING: 'hello there',
      FROM: 'caller',
      K_SERVICE: 'api',
      WORDS_URL: cloud.service('words').url,
    });
    // Words are run without a shell.
    expect((await ask(cloud, 'words')).argv).toEqual(['--port', '$PORT', "it's"]);
  });

  test('is ended with whatever it started, however its command is written', async () => {
    const source = await folderOf({ 'app.py': server });
    const { cloud } = await start(
      `services: { api: { public: true, source: "${source}", command: "python3 app.py & sleep 1000 & wait" } }`,
    );
    const { containerUrl = '' } = cloud.service('api');
    expect((await fetch(containerUrl)).status).toBe(200);
    await cloud.stop();
    await expect(fetch(containerUrl)).rejects.toThrow();
  });

  test('is not started by it where another app is mapped to its image', async () => {
    const source = await folderOf({
      'package.json': '{"scripts":{"start":"python3 app.py script"}}',
      'app.py': server,
    });
    const { cloud } = await start(
      `services: { api: { public: true, source: "${source}", command: "python3 app.py command" } }`,
      { images: { api: source } },
    );
    expect((await ask(cloud, 'api')).argv).toEqual(['script']);
  });
});

describe('a command that does not come up', () => {
  test.each([
    [
      'is not there',
      'no-such-program --port $PORT',
      127,
      'What starts api is not there: install it, or write its path',
    ],
    ['is not there, as words', '[no-such-program]', 127, 'What starts api is not there'],
    ['may not be run', './plain', 126, 'make it executable with chmod +x'],
    ['is no shell’s text', '"echo \\"a"', 2, 'Mend it, or run it alone: (cd '],
    ['ends', 'echo "no database" >&2; exit 7', 7, 'Mend it, or run it alone: (cd '],
  ])('%s', async (_, command, exitCode, mend) => {
    const source = await folderOf({ plain: 'text' });
    await chmod(join(source, 'plain'), 0o644);
    await expect(
      start(
        `services: { api: { source: "${source}", command: ${command.startsWith('[') || command.startsWith('"') ? command : JSON.stringify(command)} } }`,
      ),
    ).rejects.toMatchObject({
      code: 'CRASHED_AT_START',
      message: expect.stringContaining(`api ended at start with exit code ${exitCode}`),
      mend: expect.stringContaining(mend),
    });
  });

  test('is refused before it is tried, where its folder is not there', async () => {
    await expect(start('services: { api: { source: /nowhere/at/all, command: ./server } }')).rejects.toMatchObject({
      code: 'NO_SOURCE',
      message: expect.stringContaining('there is no folder'),
    });
  });

  test('of a worker pool is crashed, and its log says what mends it', async () => {
    const source = await folderOf({});
    const states: string[] = [];
    const { logs } = await start(
      `services: { api: { source: "${await folderOf({ 'app.py': server })}", command: python3 app.py } }
workerPools: { mailer: { source: "${source}", command: no-such-program } }`,
      { onState: ({ service, state }) => service === 'mailer' && states.push(state) },
    );
    await vi.waitFor(() => expect(states).toContain('crashed'), { timeout: 20_000 });
    await vi.waitFor(() =>
      expect(logs).toContainEqual(expect.stringContaining('What starts mailer is not there: install it')),
    );
  });
});
