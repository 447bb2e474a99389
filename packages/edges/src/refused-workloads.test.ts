import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDeclaration } from './parse-declaration.ts';
import { refusals } from './testing/refusals.ts';

describe.each(['services', 'jobs', 'workerPools'])('images and regions of %s', (part) => {
  const text = (entry: string) =>
    part === 'services'
      ? `${part}: { mailer: { ${entry} } }`
      : `services: { web: {} }\n${part}: { mailer: { ${entry} } }`;
  const folder = 'Write the folder of the build, relative to this file.';

  it.each([
    ['image: a, build: { context: . }', 'mailer has both image and build. Keep one: image is deployed as it is'],
    ['image: ""', 'mailer: image is empty. Write an image, such as'],
    ['image: "Eu.gcr.io/acme/a"', 'mailer: image cannot be "Eu.gcr.io/acme/a". Write an image'],
    ['image: "--flag"', 'mailer: image cannot be "--flag"'],
    ['image: "a b"', 'mailer: image cannot be "a b"'],
    ['image: "a/b:"', 'mailer: image cannot be'],
    ['image: "a//b"', 'mailer: image cannot be'],
    ['image: "https://eu.gcr.io/a"', 'mailer: image cannot be'],
    ['image: "a@sha256:12"', 'mailer: image cannot be'],
    ['image: [a]', 'mailer: image is a list'],
    ['build: .', 'mailer: build is the text ".". Write { context: ../services/mailer, dockerfile: Dockerfile }'],
    ['build: {}', `mailer: build has no "context". ${folder}`],
    ['build: { context: ~/a }', `mailer: build.context cannot be "~/a". ${folder}`],
    ['build: { context: "a\\nb" }', `mailer: build.context cannot be "a\\nb". ${folder}`],
    [
      'build: { context: ., dockerfile: ../Dockerfile }',
      'mailer: the dockerfile "../Dockerfile" is outside the context.',
    ],
    ['build: { context: ., dockerfile: a/../../b }', 'is outside the context. Write it relative to context'],
    ['build: { context: ., dockerfile: /etc/passwd }', 'is outside the context'],
    ['build: { context: ., dockerfile: .. }', 'is outside the context'],
    ['build: { context: ., file: a }', 'unknown key "file" in mailer: build. Known here: context, dockerfile.'],
    ['regions: europe-west1', 'mailer: regions is the text "europe-west1". Write a list of different regions'],
    ['regions: []', 'mailer: regions is empty. Write a list of different regions'],
    ['regions: [europe-west1, europe-west1]', 'mailer: regions has the same entry twice. Write a list of different'],
    ['regions: [europe-west1-b]', 'mailer: an entry of regions cannot be "europe-west1-b"'],
    ['regions: [europe]', 'mailer: an entry of regions cannot be "europe"'],
    ['regions: [Europe-West1]', 'mailer: an entry of regions cannot be "Europe-West1"'],
    ['regions: ["europe-west1;x"]', 'mailer: an entry of regions cannot be "europe-west1;x"'],
    ['regions: ["europe-west1.evil.example"]', 'mailer: an entry of regions cannot be'],
    ['owner: ""', 'mailer: owner is empty. Write a name in visible characters'],
    ['owner: "a\\e[31m"', 'mailer: owner cannot be "a\\u001b[31m". Write a name in visible characters'],
    ['owner: [a]', 'mailer: owner is a list'],
    ['X-note: 1', 'unknown key "X-note" in mailer'],
  ])('%s', (entry, line) => {
    const [refusal, ...more] = refusals(text(entry));
    expect(more).toEqual([]);
    expect(refusal).toContain(line);
  });

  it.each([
    'nginx',
    'nginx:1.27',
    'eu.gcr.io/acme/mailer',
    'europe-docker.pkg.dev/acme/apps/mail__er:v1.2-rc_3',
    'localhost:5000/a/b-c.d:latest',
    `europe-docker.pkg.dev/example.com/acme/apps/mailer@sha256:${'0a'.repeat(32)}`,
  ])('but not the image %s', (image) => {
    expect(parseDeclaration(text(`image: "${image}"`), 'e.yaml')).toMatchObject({ [part]: [{ image }] });
  });

  it('but not a build, whose Dockerfile is in its context', () => {
    const read = (entry: string) => parseDeclaration(text(entry), 'infra/edges.yaml');
    const context = resolve('pools/mailer');
    const build = (dockerfile: string) => ({
      [part]: [{ build: { context, dockerfile: resolve(context, dockerfile) } }],
    });
    expect(read('build: { context: ../pools/mailer }')).toMatchObject(build('Dockerfile'));
    expect(read('build: { context: ../pools/mailer, dockerfile: a/../b/D, x-why: 1 }')).toMatchObject(build('b/D'));
  });

  it.each(['europe-west1', 'us-central1', 'northamerica-northeast2', 'europe-west12', 'africa-south1', 'me-central2'])(
    'nor the region %s',
    (region) => {
      expect(parseDeclaration(text(`regions: [${region}, asia-east1]`), 'e.yaml')).toMatchObject({
        [part]: [{ regions: [region, 'asia-east1'] }],
      });
    },
  );
});

describe('jobs and worker pools are refused', () => {
  it.each([
    ['jobs', 'tasks: 0', 'nightly: tasks cannot be 0. Write a whole number from 1 to 10000.'],
    ['jobs', 'tasks: 10001', 'nightly: tasks cannot be 10001. Write a whole number from 1 to 10000.'],
    ['jobs', 'tasks: "1"', 'nightly: tasks is the text "1"'],
    ['jobs', 'parallelism: -1', 'nightly: parallelism cannot be -1. Write a whole number from 0 to 10000'],
    ['jobs', 'maxRetries: 11', 'nightly: maxRetries cannot be 11. Write a whole number from 0 to 10.'],
    ['jobs', 'timeout: 0', 'nightly: timeout cannot be 0. Write whole seconds from 1 to 604800.'],
    ['jobs', 'timeout: 10m', 'nightly: timeout is the text "10m". Write whole seconds from 1 to 604800.'],
    ['jobs', 'timeout: 604801', 'nightly: timeout cannot be 604801'],
    ['jobs', 'command: node report.js', 'nightly: command is the text "node report.js". Write a list of words'],
    ['jobs', 'command: "  "', 'nightly: command is the text "  ". Write a list of words'],
    ['workerPools', 'command: []', 'nightly: command is empty. Write a command for the shell'],
    ['workerPools', 'command: ""', 'nightly: command is empty. Write a command for the shell'],
    ['workerPools', 'command: "  "', 'nightly: command cannot be "  ". Write a command for the shell'],
    ['workerPools', 'command: "a\\0b"', 'nightly: command cannot be "a\\u0000b". Write a command for the shell'],
    ['workerPools', 'command: 1', 'nightly: command is 1. Write a command for the shell, such as uvicorn'],
    ['workerPools', 'command: { a: b }', 'nightly: command is a mapping. Write a command for the shell'],
    ['workerPools', 'command: [a, 1]', 'nightly: an entry of command is 1. Write a command for the shell'],
    ['workerPools', 'command: [""]', 'nightly: an entry of command is empty. Write a command for the shell'],
    ['jobs', 'command: []', 'nightly: command is empty. Write a list of words'],
    ['jobs', 'command: [""]', 'nightly: an entry of command is empty. Write a list of words'],
    ['jobs', 'command: ["a\\0b"]', 'nightly: an entry of command cannot be "a\\u0000b"'],
    [
      'jobs',
      'public: true',
      'unknown key "public" in nightly. Known here: calls, serviceAccount, source, env, command',
    ],
    ['jobs', 'audiences: []', 'unknown key "audiences" in nightly.'],
    ['jobs', 'instances: 1', 'unknown key "instances" in nightly.'],
    ['jobs', 'env: { CLOUD_RUN_TASK_INDEX: "0" }', 'env sets "CLOUD_RUN_TASK_INDEX", which Cloud Run sets itself'],
    ['jobs', `env: { A: "\${services.web.url}" }`, 'env.A names the URL of web, which nightly may not call'],
    ['jobs', 'env: { A: "https://web-1.europe-west1.run.app" }', 'a URL of web that is right in one place alone'],
    ['workerPools', 'instances: -1', 'nightly: instances cannot be -1. Write a whole number from 0 to 1000.'],
    ['workerPools', 'tasks: 1', 'unknown key "tasks" in nightly.'],
    ['workerPools', 'ingress: all', 'unknown key "ingress" in nightly.'],
    ['workerPools', 'env: { CLOUD_RUN_WORKER_POOL: a }', 'which Cloud Run sets itself'],
    ['workerPools', 'serviceAccount: a', 'nightly: serviceAccount is "a", which is too short. Write an account id'],
  ])('%s: %s', (part, entry, line) => {
    const [refusal, ...more] = refusals(`services: { web: {} }\n${part}:\n  nightly: { ${entry} }\n`);
    expect(more).toEqual([]);
    expect(refusal).toMatch(/^3:\d+: /);
    expect(refusal).toContain(line);
  });

  it.each([
    ['jobs', '', 'Write "jobs:" and below it, indented, one entry per job'],
    ['workerPools', '[]', 'Write "workerPools:" and below it, indented, one entry per pool'],
    ['principals', 'all', 'Write "principals:" and below it, indented, one entry per caller'],
    ['external', '1', 'Write "external:" and below it, indented, one entry per receiver'],
    ['never', 'a -> b', 'Write a list of different calls as CALLER -> RECEIVER'],
  ])('%s: %s', (part, value, mend) => {
    expect(refusals(`services: { web: {} }\n${part}: ${value}\n`)).toEqual([expect.stringContaining(mend)]);
  });

  it('where a name is too long for its default account, and read where it names one', () => {
    const name = 'x'.repeat(49);
    expect(refusals(`services: { web: {} }\njobs: { ${name}: {} }`)).toEqual([
      expect.stringContaining('which is longer than the 30 characters of an account id'),
    ]);
    const text = `services: { web: {} }\njobs: { ${name}: { serviceAccount: short-run } }\nworkerPools: {}\n`;
    expect(parseDeclaration(text, 'e.yaml')).toMatchObject({ jobs: [{ name }], workerPools: [] });
  });
});

describe('how an app is started here', () => {
  it('is a text for the shell or a list of words, of services and worker pools alike, and not there by default', () => {
    const { services, workerPools } = parseDeclaration(
      `services:
  api: { command: "uvicorn app:app --port $PORT" }
  words: { command: [./server, --port, "8080"] }
  lines: { command: "cd src &&\\n  exec ./server" }
  none: {}
workerPools: { mailer: { command: python3 mailer.py } }`,
      'edges.yaml',
    );
    expect(services.map(({ name, command }) => [name, command])).toEqual([
      ['api', 'uvicorn app:app --port $PORT'],
      ['words', ['./server', '--port', '8080']],
      ['lines', 'cd src &&\n  exec ./server'],
      ['none', undefined],
    ]);
    expect(services.at(-1)).not.toHaveProperty('command');
    expect(workerPools).toMatchObject([{ command: 'python3 mailer.py' }]);
  });

  it.each([
    ['8080', 'api: command is 8080. Write a command for the shell, such as uvicorn app:app --port $PORT, or a list'],
    ['', 'api: command is empty. Write a command for the shell'],
    ['[[a]]', 'api: an entry of command is a list. Write a command for the shell'],
  ])('is refused of a service: %s', (text, line) => {
    expect(refusals(`services:\n  api: { command: ${text} }\n`)).toEqual([expect.stringContaining(`2:`)]);
    expect(refusals(`services:\n  api: { command: ${text} }\n`)[0]).toContain(line);
  });
});
