import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram } from '../real-clients/run-program.ts';
import { runEdges } from '../support/command-line.ts';
import { projectOf } from '../support/repository.ts';

/** A service that fails: what its edges give is neither allowed nor forbidden. */
async function failing(): Promise<AsyncDisposable & { url: string }> {
  const server = createServer((_, response) => response.writeHead(503).end('later'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

/** What Python's own parser reads of it, as any CI server would. */
async function casesIn(file: string): Promise<string> {
  const script =
    'import sys, xml.etree.ElementTree as e\nfor c in e.parse(sys.argv[1]).getroot().iter("testcase"): print(c.get("name"), [f.get("message") for f in c])';
  return (await runProgram({ command: 'python3', args: ['-c', script, file], env: { PATH: process.env.PATH ?? '' } }))
    .stdout;
}

test('one check tells a pull request and a CI server', async () => {
  await using service = await failing();
  const folder = projectOf('services:\n  app: { public: true }\n', {});
  const { code, stdout } = await runEdges(
    ['check', '--front', `app=${service.url}`, '--reporter', 'github', '--reporter', 'junit=edges.xml'],
    folder,
  ).ended;
  expect(code).toBe(1);
  expect(stdout.split('\n')[0]).toMatch(
    /^::error file=infra\/edges\.yaml,line=2,col=3,title=anonymous -> app::503 unclear, declared allowed: /,
  );
  expect(await casesIn(join(folder, 'edges.xml'))).toContain(
    "anonymous -> app is allowed ['503 unclear, declared allowed']",
  );
});

test('a declaration that is refused is annotated where it is wrong', async () => {
  const folder = projectOf('services:\n  app: { calls: [serch] }\n  search: {}\n', {});
  const { code, stdout, stderr } = await runEdges(['check', '--reporter', 'github'], folder).ended;
  expect(code).toBe(1);
  expect(stdout).toMatch(/^::error file=infra\/edges\.yaml,line=2,col=18,title=The declaration is refused::.*search/);
  expect(stderr).toContain('edges.yaml:2:18');
});
