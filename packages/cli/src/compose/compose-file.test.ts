import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeclaration, readDeclaration } from '@run-edges/edges';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { demo } from '../demo/demo.ts';
import { composeFile } from './compose-file.ts';
import { withoutRecipe } from './image.ts';
import { localAddresses } from './local-addresses.ts';
import { productionAddresses } from './production-addresses.ts';
import { startedBefore } from './start-order.ts';

const top = new URL('../../../..', import.meta.url).pathname;
const options = { folder: '/project', port: 8080, addresses: localAddresses, metadataIp: [], own: demo, people: 7 };

interface Container {
  environment: Record<string, string>;
  networks: Record<string, { aliases?: string[] }>;
  depends_on?: Record<string, { condition: string }>;
  [key: string]: unknown;
}

function compose(services: string) {
  return composed(services, '/project');
}

/** As in this repository, where the apps are the demo's. */
const ofTheDemo = () => composed(three, top.replace(/\/$/, ''));

function composed(services: string, folder: string) {
  const declaration = parseDeclaration(`services:\n${services}`, `${folder}/infra/edges.yaml`);
  const file = parse(composeFile(declaration, { ...options, folder }), { merge: true });
  return { services: file.services as Record<string, Container>, networks: file.networks };
}
const three = '  login: { public: true, calls: [user-profiles] }\n  user-profiles: { calls: [search] }\n  search: {}\n';

test('docker-compose.yml is what the declaration gives', () => {
  const declaration = readDeclaration(join(top, 'infra', 'edges.yaml'));
  expect(readFileSync(join(top, 'docker-compose.yml'), 'utf8'), 'docker-compose.yml is old: npm run compose').toBe(
    composeFile(declaration, {
      folder: top,
      port: 8080,
      addresses: localAddresses,
      metadataIp: [],
      own: demo,
      people: 200,
    }),
  );
});

test('every service is on a network of its own, with the emulator and its own database alone', () => {
  const { services, networks } = ofTheDemo();
  for (const name of ['login', 'user-profiles', 'search']) {
    const members = Object.keys(services).filter((member) => services[member]?.networks[name] !== undefined);
    expect(members).toEqual(['emulator', name, `${name}-postgres`]);
    expect(Object.keys(services[name]?.networks ?? {})).toEqual([name]);
    expect(networks[name]).toMatchObject({ internal: true });
  }
});

test('on its network a service knows the gates of those whom it may call, and no others', () => {
  const { networks } = compose(three).services.emulator as Container;
  const gates = (name: string) => networks[name]?.aliases?.filter((alias) => /^[a-z-]+$/.test(alias));
  expect(gates('login')).toEqual(['metadata', 'user-profiles']);
  expect(gates('user-profiles')).toEqual(['metadata', 'login', 'search']);
  expect(gates('search')).toEqual(['metadata', 'login']);
});

test('the environment names the metadata server, and no receiver that is none', () => {
  const { environment } = compose(three).services.login as Container;
  expect(environment).toMatchObject({
    GCE_METADATA_HOST: 'metadata.google.internal',
    USER_PROFILES_URL: 'http://user-profiles',
    SERVICE_URL: 'http://login',
  });
  expect(JSON.stringify(environment)).not.toMatch(/emulator|8080|SEARCH_URL/);
});

test('nothing runs as root, writes outside its volumes, or gains privileges', () => {
  for (const [name, container] of Object.entries(compose(three).services))
    expect(container, name).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      mem_limit: expect.any(String),
      pids_limit: expect.any(Number),
    });
});

test('a fourth service needs its line in the declaration alone', () => {
  const { services } = compose(`${three}  audit: { calls: [search], env: { PRICE: "5$ per $UNIT" } }\n`);
  expect(services.audit).toMatchObject({
    build: { args: { SOURCE: 'apps/audit' } },
    environment: { SEARCH_URL: 'http://search', PRICE: '5$$ per $$UNIT' },
    networks: { audit: { aliases: ['audit.container.internal'] } },
  });
  expect(services.emulator?.networks.audit?.aliases).toContain('audit.caller.internal');
  expect(services.emulator).toMatchObject({ ports: ['127.0.0.1:8080-8089:8080-8089'] });
});

test('a service starts after those that it calls, also where calls go in a circle', () => {
  const circle = '  one: { calls: [two] }\n  two: { calls: [six] }\n  six: { calls: [one, ten] }\n  ten: {}\n';
  const declaration = parseDeclaration(`services:\n${circle}`, 'edges.yaml');
  const before = Object.fromEntries(declaration.services.map(({ name }) => [name, startedBefore(declaration, name)]));
  expect(before).toEqual({ one: ['two'], two: ['six'], six: ['ten'], ten: [] });
  expect(compose(three).services.login?.depends_on).toEqual({
    emulator: { condition: 'service_healthy' },
    'user-profiles': { condition: 'service_healthy' },
  });
});

test('services of others get nothing of the demo: no people, no password, no database', () => {
  const { services } = compose(three);
  expect(Object.keys(services)).toEqual(['emulator', 'login', 'user-profiles', 'search']);
  expect(JSON.stringify(services)).not.toMatch(/DEMO|DATABASE|postgres|run-edges-demo/i);
  const demo = ofTheDemo().services;
  expect(demo.login?.environment).toMatchObject({ DEMO_PEOPLE: '7', DATABASE_URL: '$' + '{RUN_EDGES_DATABASE_URL:-}' });
});

test('an image is used as it is, and a Dockerfile of a service’s own is built', () => {
  const { services } = compose(`  web: { image: "example.com/web:1", calls: [api, old] }
  api: { build: { context: ../api, dockerfile: docker/api.Dockerfile } }
  whole: { build: { context: .. } }
  old: {}
`);
  expect(services.web).toMatchObject({
    image: 'example.com/web:1',
    environment: { PORT: '8080' },
    // Only what is built here is known to say when it is healthy.
    depends_on: { api: { condition: 'service_started' }, old: { condition: 'service_healthy' } },
  });
  expect(services.web?.build).toBeUndefined();
  expect(services.api?.build).toEqual({ context: 'api', dockerfile: 'docker/api.Dockerfile' });
  expect(services.whole?.build).toEqual({ context: '.', dockerfile: 'Dockerfile' });
  expect(services.old?.environment.PORT).toBeUndefined();
});

test('a Dockerfile beside an app builds it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'run-edges-compose-'));
  try {
    mkdirSync(join(folder, 'apps', 'web'), { recursive: true });
    writeFileSync(join(folder, 'apps', 'web', 'Dockerfile'), 'FROM scratch');
    const { services } = composed('  web: {}\n', folder);
    expect(services.web?.build).toEqual({ context: 'apps/web', dockerfile: 'Dockerfile' });
    // There is no recipe for it.
    expect(services.emulator?.build).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('who calls and has no address', () => {
  const composedOf = () => {
    const text = `services:\n${three}jobs:\n  nightly: { image: example.com/nightly, calls: [search], command: [node, "$x.js"] }\nworkerPools:\n  mailer: { build: { context: ../mailer }, calls: [user-profiles, payments] }\nexternal:\n  payments: { url: https://payments.example.com }\n`;
    const declaration = parseDeclaration(text, '/project/infra/edges.yaml');
    return parse(composeFile(declaration, options), { merge: true });
  };

  test('is alone on a network of its own, where it is known, and finds those whom it may call', () => {
    const { services, networks } = composedOf();
    for (const [name, gates] of [
      ['mailer', ['login', 'user-profiles', 'payments']],
      ['nightly', ['login', 'search']],
    ] as const) {
      expect(services[name].networks).toEqual([name]);
      expect(networks[name]).toMatchObject({ internal: true });
      const { aliases } = services.emulator.networks[name];
      expect(aliases).toContain(`${name}.caller.internal`);
      expect(aliases.filter((alias: string) => /^[a-z-]+$/.test(alias) && alias !== 'metadata')).toEqual(gates);
    }
    // Four gates, and a metadata server of each that calls and of the stranger: no port is meant for two.
    expect(services.emulator.ports).toEqual(['127.0.0.1:8080-8090:8080-8090']);
    expect(services.emulator.command).toEqual(expect.arrayContaining(['--port', '8080', '--metadata-port', '8085']));
  });

  test('a worker pool runs, and is no service', () => {
    const { mailer } = composedOf().services;
    expect(mailer).toMatchObject({
      build: { context: 'mailer' },
      environment: {
        CLOUD_RUN_WORKER_POOL: 'mailer',
        USER_PROFILES_URL: 'http://user-profiles',
        PAYMENTS_URL: 'http://payments',
        PAYMENTS_AUDIENCE: 'https://payments.example.com',
        PLAIN_HTTP_HOSTS: expect.stringMatching(/(?:^|,)payments(?:,|$)/),
      },
      depends_on: { 'user-profiles': { condition: 'service_healthy' } },
    });
    expect(Object.keys(mailer.depends_on)).toEqual(['emulator', 'user-profiles']);
    expect(JSON.stringify(mailer)).not.toMatch(/K_SERVICE|SERVICE_URL|"PORT"|DEMO|DATABASE/);
  });

  test('a job runs when it is asked for, with its own command', () => {
    expect(composedOf().services.nightly).toMatchObject({
      image: 'example.com/nightly',
      profiles: ['jobs'],
      restart: 'no',
      entrypoint: ['node', '$$x.js'],
      environment: { CLOUD_RUN_JOB: 'nightly', CLOUD_RUN_TASK_INDEX: '0', SEARCH_URL: 'http://search' },
    });
  });
});

test('the URL of a service in env is the one on the network', () => {
  const env = `{ A: "\${services.search.url}/v1", B: "$\${services.search.url} \${HOME}" }`;
  expect(compose(`${three}  audit: { calls: [search], env: ${env} }\n`).services.audit?.environment).toMatchObject({
    A: 'http://search/v1',
    B: `$$\{services.search.url} $$\{HOME}`,
  });
});

test.each(['emulator', 'outside', 'metadata', 'localhost', 'search-postgres'])(
  'a service cannot be named %s',
  (name) => {
    expect(() => composed(`${three}  ${name}: { serviceAccount: account }\n`, top.replace(/\/$/, ''))).toThrow(
      expect.objectContaining({ mend: expect.any(String) }),
    );
  },
);

test('nor postgres, as its database is on its network', () => {
  expect(() => compose(`${three}  postgres: {}\n`)).toThrow('POSTGRES_URL, which is taken');
});

test('the heading names the file it was made from, in one line of comment', () => {
  const made = (file: string) =>
    composeFile(parseDeclaration('services:\n  search: { image: x }\n', file), options).split('\n');
  expect(made('/project/edges.yaml')[0]).toMatch(/^# Made from edges\.yaml by run-edges compose/);
  expect(made('/project/a\nb/edges.yaml')[2]).toBe('x-contained: &shared1');
});

test('what has no recipe in the folder is named, and nothing in this repository', () => {
  const file =
    'services:\n  mail: { image: x }\n  search: {}\n  shop: { build: { context: ../shop } }\njobs:\n  report: { calls: [search] }\n';
  const declaration = parseDeclaration(file, '/project/infra/edges.yaml');
  expect(withoutRecipe(declaration, '/project')).toEqual(['search', 'report']);
  expect(withoutRecipe(declaration, top)).toEqual([]);
});

test('a source that is not below the folder is refused', () => {
  expect(() => compose('  app: { source: ../../elsewhere }\n')).toThrow(/\/elsewhere, is not below \/project/);
  expect(() => compose('  app: { build: { context: ../../elsewhere } }\n')).toThrow('The build context of app');
});

describe('by production addresses', () => {
  const composedOf = (text: string) => {
    const declaration = parseDeclaration(text, '/project/infra/edges.yaml');
    return parse(composeFile(declaration, { ...options, addresses: productionAddresses }), { merge: true });
  };
  const withOthers = `services:\n${three}  far: { image: x, regions: [europe-west1, us-central1], calls: [search] }\nworkerPools:\n  mailer: { image: x, calls: [pay, theirs], env: { JAVA_TOOL_OPTIONS: -Xmx64m } }\nexternal:\n  pay: { url: https://pay.example.com }\n  theirs: { url: https://theirs-1.europe-west1.run.app }\n`;

  test('the names of Cloud Run and Google lead to the emulator on every network', () => {
    const { networks } = composedOf(withOthers).services.emulator;
    for (const name of ['login', 'user-profiles', 'search', 'far', 'mailer'])
      expect(networks[name].aliases).toEqual(
        expect.arrayContaining([
          `${name}.caller.internal`,
          'metadata.google.internal',
          'oauth2.googleapis.com',
          'www.googleapis.com',
          'iamcredentials.googleapis.com',
          'sts.googleapis.com',
          'accounts.google.com',
          'us-central1-run.googleapis.com',
          'search-100000000001.us-central1.run.app',
          'far-100000000001.europe-west1.run.app',
          'theirs-1.europe-west1.run.app',
        ]),
      );
    // For a name of others there is no certificate: a stand-in is met by its own, as by local addresses.
    expect(networks.mailer.aliases).toContain('pay');
    expect(networks.login.aliases).not.toContain('pay');
    expect(networks.login.aliases).not.toContain('search');
  });

  test('programs are told them, and whom to trust, and no proxy', () => {
    const { login, mailer } = composedOf(withOthers).services;
    expect(login.environment).toMatchObject({
      SERVICE_URL: 'https://login-100000000001.us-central1.run.app',
      USER_PROFILES_URL: 'https://user-profiles-100000000001.us-central1.run.app',
      GOOGLE_CERTS_URL: 'https://www.googleapis.com/oauth2/v3/certs',
      NODE_EXTRA_CA_CERTS: '/trust/authority.pem',
      SSL_CERT_FILE: '/trust/bundle.pem',
    });
    expect(JSON.stringify(login)).not.toMatch(/PROXY|http:\/\/|SEARCH_URL/i);
    expect(mailer.environment).toMatchObject({
      PAY_URL: 'http://pay',
      THEIRS_URL: 'https://theirs-1.europe-west1.run.app',
      PLAIN_HTTP_HOSTS: 'pay',
      JAVA_TOOL_OPTIONS: expect.stringMatching(/^-Djavax\.net\.ssl\.trustStore=\/trust\/truststore\.p12 .* -Xmx64m$/),
    });
  });

  test('what is trusted is written by the emulator alone, whose state is nobody’s', () => {
    const { services, volumes } = composedOf(`services:\n${three}`);
    expect(services.emulator.command.join(' ')).toContain('--addresses production --trust /trust');
    expect(services.emulator.volumes).toContain('trust:/trust:rw');
    expect(Object.keys(volumes)).toContain('trust');
    for (const name of ['login', 'user-profiles', 'search']) {
      expect(services[name].volumes).toContain('trust:/trust:ro');
      expect(JSON.stringify(services[name].volumes)).not.toContain('emulator-state');
    }
  });

  test('by local ones nothing of it is there', () => {
    expect(JSON.stringify(compose(three))).not.toMatch(/trust|https:|run\.app/);
  });
});

describe('whose programs know the metadata server by its address alone', () => {
  const composedOf = (...metadataIp: string[]) => {
    const text = `services:\n${three}jobs:\n  nightly: { image: x, calls: [search] }\nworkerPools:\n  mailer: { image: x }\n`;
    const declaration = parseDeclaration(text, '/project/infra/edges.yaml');
    return parse(composeFile(declaration, { ...options, metadataIp }), { merge: true }).services;
  };

  test('is in the network namespace of a container that has it, which is there before', () => {
    const services = composedOf('login', 'mailer', 'nightly');
    for (const name of ['login', 'mailer', 'nightly']) {
      const beside = services[`${name}-metadata`];
      expect(beside).toMatchObject({
        image: 'run-edges/emulator:local',
        networks: { [name]: { link_local_ips: ['169.254.169.254'] } },
        depends_on: { emulator: { condition: 'service_healthy' } },
        cap_drop: ['ALL'],
        read_only: true,
      });
      expect(beside.volumes).toBeUndefined();
      expect(services[name]).toMatchObject({
        network_mode: `service:${name}-metadata`,
        depends_on: { [`${name}-metadata`]: { condition: 'service_healthy' } },
        cap_drop: ['ALL'],
      });
      // An engine refuses both of these beside another's network.
      for (const key of ['networks', 'dns', 'dns_opt']) expect(services[name][key], key).toBeUndefined();
      expect(JSON.stringify(services[name].environment)).not.toContain('GCE_METADATA');
    }
    expect(services['login-metadata'].networks.login.aliases).toEqual(['login.container.internal']);
    expect(services['nightly-metadata'].profiles).toEqual(['jobs']);
    expect(services.search).toEqual(composedOf().search);
  });

  test('is known, and leaves its companion the name', () => {
    expect(() => composedOf('nobody')).toThrow('nobody is no service, job or worker pool');
    const declaration = parseDeclaration(
      'services:\n  shop: { image: x }\n  shop-metadata: { image: x }\n',
      '/project/edges.yaml',
    );
    expect(() => composeFile(declaration, { ...options, metadataIp: ['shop'] })).toThrow('shop-metadata cannot stand');
    expect(() => composeFile(declaration, options)).not.toThrow();
  });
});
