import { parseDeclaration, readDeclaration } from '@run-edges/edges';
import { describe, expect, test } from 'vitest';
import { demo as ours } from '../demo/demo.ts';
import type { LiveService } from '../deployment/live-service.ts';
import { type Settings, wantedDeployment } from '../deployment/wanted.ts';
import type { Asked } from './asked.ts';
import { type Found, NOTHING } from './found.ts';
import { planApis, planDeployment } from './plan.ts';
import { undeclared } from './plan-grants.ts';

const declaration = parseDeclaration(
  'services:\n  front: { public: true, calls: [middle] }\n  middle: { calls: [depths], audiences: ["a,b", c] }\n  depths: { maxInstances: 3 }\n',
  'edges.yaml',
);
const place = { project: 'demo-project', number: '123', region: 'us-central1' };
const settings: Settings = {
  imageOf: (service) => `example.com/${service}:v1`,
  databases: new Map(),
  publicAccess: 'all-users',
};
const images: Asked['images'] = {
  imageOf: settings.imageOf,
  built: false,
  prefix: 'example.com',
  createRepository: ['artifacts'],
  build: (service) => ['builds', 'submit', service],
};

function asking(change: Partial<Asked & { settings: Partial<Settings> }> = {}): Asked {
  const wanted = wantedDeployment(declaration, place, { ...settings, ...change.settings });
  return { wanted, images, databases: new Map(), prune: false, adopt: false, ...change };
}

/** Everything as it is after a deployment. */
function allThere(asked: Asked, change: (service: LiveService) => Partial<LiveService> = () => ({})): Found {
  return {
    ...NOTHING,
    accounts: asked.wanted.accounts.map(({ email }) => ({ email, ours: true })),
    services: asked.wanted.services.map((wanted) => {
      const { grants, http2 = false, ...rest } = wanted;
      const live: LiveService = {
        ...rest,
        http2,
        managedBy: 'run-edges',
        bindingsOwner: '',
        notReady: undefined,
        bindings: grants,
      };
      return { ...live, ...change(live) };
    }),
  };
}

const commands = (asked: Asked, found: Found) =>
  [...(found === NOTHING ? planApis(asked, new Set()) : []), ...planDeployment(asked, found)].flatMap(
    ({ commands: some }) => some.map((command) => command.join(' ')),
  );

describe('planDeployment', () => {
  test('where nothing is, everything is made: accounts, then receivers before callers, then the edges', () => {
    const all = commands(asking(), NOTHING);
    const firstWords = all.map((command) => command.split(' --')[0]);
    expect(firstWords).toEqual([
      'services enable run.googleapis.com iam.googleapis.com iamcredentials.googleapis.com cloudresourcemanager.googleapis.com',
      'iam service-accounts create front-run',
      'iam service-accounts create middle-run',
      'iam service-accounts create depths-run',
      'iam service-accounts create stranger',
      'run deploy depths',
      'run deploy middle',
      'run deploy front',
      'run services add-iam-policy-binding depths',
      'run services add-iam-policy-binding middle',
      'run services add-iam-policy-binding front',
    ]);
    for (const command of all) expect(command).toContain('--project=demo-project');
    for (const deploy of all.filter((command) => command.startsWith('run deploy')))
      expect(deploy).toContain('--no-allow-unauthenticated');
  });

  test('a caller is told the URLs of those that it may call, and of no others', () => {
    const [front] = commands(asking(), NOTHING).filter((command) => command.startsWith('run deploy front'));
    expect(front).toContain('MIDDLE_URL=https://middle-123.us-central1.run.app');
    expect(front).not.toContain('DEPTHS_URL');
  });

  test('what holds a comma is joined by something else', () => {
    expect(commands(asking(), NOTHING).find((command) => command.startsWith('run deploy middle'))).toContain(
      '--set-custom-audiences=^;^a,b;c',
    );
  });

  test('where everything is, nothing is to do', () => {
    expect(planDeployment(asking(), allThere(asking()))).toEqual([]);
  });

  test.each<[string, Partial<LiveService>, string]>([
    ['another image', { image: 'example.com/other' }, '--image=example.com/depths:v1'],
    ['another identity', { account: 'x@y' }, '--service-account=depths-run@'],
    ['another variable', { env: {} }, '--set-env-vars='],
    ['a secret too many', { secrets: { A: 'b:latest' } }, '--clear-secrets'],
    ['a database too many', { cloudSql: 'a:b:c' }, '--clear-cloudsql-instances'],
    ['an audience too many', { audiences: ['x'] }, '--clear-custom-audiences'],
    ['another ingress', { ingress: 'internal' }, '--ingress=all'],
    ['more instances at least', { minInstances: 2 }, '--min-instances=0'],
    ['more instances at most', { maxInstances: 100 }, '--max-instances=3'],
    ['another concurrency', { concurrency: 1 }, '--concurrency=80'],
    ['no check', { invokerCheck: false }, '--invoker-iam-check'],
    ['a broken-off deployment', { notReady: 'Container failed' }, '--image='],
  ])('%s is mended by one deployment of that service', (_name, change, flag) => {
    const found = allThere(asking(), ({ name }) => (name === 'depths' ? change : {}));
    const todo = commands(asking(), found);
    expect(todo).toHaveLength(1);
    expect(todo[0]).toMatch(/^run deploy depths /);
    expect(todo[0]).toContain(flag);
    expect(todo[0]).not.toContain('allow-unauthenticated');
  });

  describe('http2', () => {
    const planned = (http2: boolean | undefined, live?: boolean) => {
      const said = asking();
      const services = said.wanted.services.map((one) => (one.name === 'depths' ? { ...one, http2 } : one));
      const wanting = { ...said, wanted: { ...said.wanted, services } };
      const found = live === undefined ? NOTHING : allThere(wanting, () => ({ http2: live }));
      return planDeployment(wanting, found);
    };
    const flags = (...about: Parameters<typeof planned>) =>
      planned(...about).flatMap(({ commands }) => commands.flat().filter((word) => /http2/.test(word)));
    const changes = (...about: Parameters<typeof planned>) =>
      planned(...about).flatMap((one) => one.changes.filter(({ what }) => what === 'http2'));

    test('is asked for where it is declared', () => {
      expect(flags(true)).toEqual(['--use-http2']);
      expect(flags(true, false)).toEqual(['--use-http2']);
      expect(changes(true, false)).toEqual([
        { action: 'update', on: 'service depths', what: 'http2', before: 'false', after: 'true' },
      ]);
      expect(changes(true)).toMatchObject([{ action: 'create', before: null, after: 'true' }]);
    });

    test('is taken back where false is declared', () => {
      expect(flags(false)).toEqual([]);
      expect(flags(false, true)).toEqual(['--no-use-http2']);
      expect(changes(false, true)).toMatchObject([{ action: 'update', before: 'true', after: 'false' }]);
    });

    test.each([
      [true, true],
      [false, false],
      [undefined, true],
      [undefined, false],
    ])('declared %s and deployed %s: nothing is to do', (http2, live) => {
      expect(planned(http2, live)).toEqual([]);
    });

    test('is not touched by a deployment for another reason that does not declare it', () => {
      const found = allThere(asking(), ({ name }) => (name === 'depths' ? { http2: true, concurrency: 1 } : {}));
      expect(commands(asking(), found)).toEqual([expect.not.stringContaining('http2')]);
    });
  });

  test('one missing grant is one command; under a condition it is missing, too', () => {
    const member = 'serviceAccount:front-run@demo-project.iam.gserviceaccount.com';
    const found = allThere(asking(), ({ name, bindings }) =>
      name === 'middle' ? { bindings: bindings.map((one) => ({ ...one, condition: { expression: 'false' } })) } : {},
    );
    expect(commands(asking(), found)).toEqual([
      `run services add-iam-policy-binding middle --member=${member} --role=roles/run.invoker --condition=None --region=us-central1 --project=demo-project`,
    ]);
  });

  test('what no edge declares is named, and taken away only when asked for', () => {
    const found = allThere(asking(), ({ name, bindings }) =>
      name === 'depths' ? { bindings: [...bindings, { role: 'roles/run.invoker', members: ['allUsers'] }] } : {},
    );
    expect(commands(asking(), found)).toEqual([]);
    expect(undeclared(asking().wanted, found)).toMatchObject([{ service: { name: 'depths' }, member: 'allUsers' }]);
    expect(commands(asking({ prune: true }), found)).toEqual([
      'run services remove-iam-policy-binding depths --member=allUsers --role=roles/run.invoker --all --region=us-central1 --project=demo-project',
    ]);
  });

  test('a service of the name that somebody else made is not touched, unless it is taken over', () => {
    const found = allThere(asking(), () => ({ managedBy: 'terraform' }));
    expect(() => planDeployment(asking(), found)).toThrow(
      'The name is taken: depths in demo-project was made by terraform',
    );
    expect(commands(asking({ adopt: true }), found)).toHaveLength(3);
  });

  test('without a check nothing is granted to allUsers', () => {
    const todo = commands(asking({ settings: { publicAccess: 'no-iam-check' } }), NOTHING);
    expect(todo.filter((command) => command.includes('--no-invoker-iam-check'))).toHaveLength(1);
    expect(todo.some((command) => command.includes('allUsers'))).toBe(false);
  });

  test('data in a container keeps a service of the demo to one instance; a database does not', () => {
    const demo = readDeclaration(new URL('../../../../infra/edges.yaml', import.meta.url).pathname);
    const one = (given: Partial<Settings>) =>
      wantedDeployment(demo, place, { ...settings, keepsData: ours.has, ...given }).oneInstance;
    expect(one({})).toEqual(['login', 'user-profiles', 'search']);
    expect(one({ databases: new Map([['search', 'search-url']]) })).toEqual(['login', 'user-profiles']);
    expect(one({ keepsData: undefined })).toEqual([]);
  });

  test('services of others have as many instances as they declare', () => {
    const { wanted } = asking({ settings: { keepsData: ours.has } });
    expect(wanted.oneInstance).toEqual([]);
    expect(wanted.services.map(({ maxInstances }) => maxInstances)).toEqual([3, 100, 100]);
  });

  test('the URL of a service in env is its own on Cloud Run', () => {
    const text = `services:\n  web: { calls: [api], env: { A: "\${services.api.url}/v1 \${services.web.url}" } }\n  api: {}\n`;
    const { services } = wantedDeployment(parseDeclaration(text, 'edges.yaml'), place, settings);
    expect(services.find(({ name }) => name === 'web')?.env.A).toBe(
      'https://api-123.us-central1.run.app/v1 https://web-123.us-central1.run.app',
    );
  });

  test('a database is read by its service', () => {
    const databases = new Map([['depths', 'depths-url']]);
    const asked = asking({
      databases,
      cloudSql: 'p:r:i',
      settings: { keepsData: ours.has, databases, cloudSql: 'p:r:i' },
    });
    const todo = commands(asked, NOTHING);
    const depths = todo.find((command) => command.startsWith('run deploy depths'));
    expect(depths).toContain('--set-secrets=DATABASE_URL=depths-url:latest --set-cloudsql-instances=p:r:i');
    expect(depths).toContain('--max-instances=3');
    expect(todo.some((command) => command.startsWith('secrets add-iam-policy-binding depths-url'))).toBe(true);
    expect(todo.some((command) => command.includes('roles/cloudsql.client'))).toBe(true);
  });

  test('APIs that are on are not enabled again', () => {
    const on = ['iam', 'iamcredentials', 'cloudresourcemanager'].map((api) => `${api}.googleapis.com`);
    expect(planApis(asking(), new Set(on))).toMatchObject([
      { commands: [['services', 'enable', 'run.googleapis.com', '--project=demo-project']] },
    ]);
    expect(planApis(asking(), new Set([...on, 'run.googleapis.com']))).toEqual([]);
  });

  test('a tester is granted every account once', () => {
    const asked = asking({ tester: 'user:ada@example.com' });
    const emails = asked.wanted.accounts.map(({ email }) => email);
    const granted = [{ role: 'roles/iam.serviceAccountTokenCreator', members: ['user:ada@example.com'] }];
    const found = { ...allThere(asked), accountBindings: new Map(emails.slice(1).map((email) => [email, granted])) };
    expect(commands(asked, found)).toEqual([
      'iam service-accounts add-iam-policy-binding front-run@demo-project.iam.gserviceaccount.com --member=user:ada@example.com --role=roles/iam.serviceAccountTokenCreator --project=demo-project',
    ]);
  });

  test('images that are given are not built', () => {
    const build = (service: string) => (service === 'front' ? undefined : ['builds', 'submit', service]);
    const todo = commands(asking({ images: { ...images, built: true, build } }), NOTHING);
    expect(todo.filter((command) => command.startsWith('builds submit'))).toEqual([
      'builds submit depths',
      'builds submit middle',
    ]);
  });

  test('images are built once', () => {
    const asked = asking({ images: { ...images, built: true } });
    expect(commands(asked, NOTHING).filter((command) => command.startsWith('builds submit'))).toHaveLength(3);
    const found: Found = {
      ...allThere(asked),
      repository: true,
      images: new Set(['example.com/front:v1', 'example.com/depths:v1']),
    };
    expect(commands(asked, found).filter((command) => /^(builds|artifacts)/.test(command))).toEqual([
      'builds submit middle',
    ]);
  });
});
