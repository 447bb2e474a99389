import { describe, expect, it } from 'vitest';
import { environmentOf } from './environment.ts';
import { serviceAccountEmail } from './identity.ts';
import { parseDeclaration } from './parse-declaration.ts';
import { findService } from './receivers.ts';

const declaration = parseDeclaration(
  `services:
  login: { public: true, calls: [user-profiles] }
  admin: { calls: [user-profiles] }
  user-profiles: { calls: [search], env: { LOG_LEVEL: debug } }
  search: {}
  island: {}
`,
  'infra/edges.yaml',
);

const addresses = {
  urlOf: (service: string) => `https://${service}.test`,
  emailOf: (service: string) => serviceAccountEmail(findService(declaration, service)!.serviceAccount, 'demo'),
};

const environment = (service: string) => environmentOf(declaration, service, addresses);

describe('environmentOf', () => {
  it('tells a private service its own URL, its receivers, its callers and what the file declares', () => {
    expect(environment('user-profiles')).toEqual({
      SERVICE_URL: 'https://user-profiles.test',
      LOGIN_URL: 'https://login.test',
      SEARCH_URL: 'https://search.test',
      ALLOWED_CALLERS: 'login-run@demo.iam.gserviceaccount.com,admin-run@demo.iam.gserviceaccount.com',
      LOG_LEVEL: 'debug',
    });
  });

  it('does not tell a service the address of one that it may not call', () => {
    expect(environment('login')).not.toHaveProperty('SEARCH_URL');
    expect(environment('login')).not.toHaveProperty('ADMIN_URL');
    expect(environment('search')).not.toHaveProperty('USER_PROFILES_URL');
  });

  it('does not tell a service its own address twice', () => {
    expect(environment('login')).not.toHaveProperty('LOGIN_URL');
  });

  it('gives a public service no list of callers', () => {
    expect(environment('login')).not.toHaveProperty('ALLOWED_CALLERS');
  });

  it('gives a private service that nobody calls an empty list, not an absent one', () => {
    expect(environment('island').ALLOWED_CALLERS).toBe('');
  });

  it('puts the URL of a service where env names it, also several times, and text where it is escaped', () => {
    const named = parseDeclaration(
      `services:
  web:
    calls: [api]
    env:
      UPSTREAM: "\${services.api.url}/v1"
      ORIGINS: "\${services.web.url},\${services.open.url}"
      TEXT: "$\${services.api.url} $\${HOME} \${HOME} $ {}"
  api: {}
  open: { public: true }
`,
      'edges.yaml',
    );
    expect(environmentOf(named, 'web', { urlOf: (name) => `https://${name}.test`, emailOf: String })).toMatchObject({
      UPSTREAM: 'https://api.test/v1',
      ORIGINS: 'https://web.test,https://open.test',
      TEXT: `\${services.api.url} $\${HOME} \${HOME} $ {}`,
    });
  });

  it('gives no URL to a program whose declaration names one without an edge', () => {
    for (const value of [`\${services.search.url}`, `\${services.nobody.url}`, `\${services.search}`])
      expect(() =>
        environmentOf(
          { ...declaration, services: declaration.services.map((one) => ({ ...one, env: { A: value } })) },
          'login',
          addresses,
        ),
      ).toThrow(`login: env.A holds ${value}, which is not the URL of a service that it may call.`);
  });

  it('refuses a receiver of others that is a service of the file, where it runs', () => {
    const text = `services: { web: { calls: [pay] }, search: {} }
external: { pay: { url: "https://search-1.europe-west1.run.app" } }`;
    const twofold = parseDeclaration(text, 'edges.yaml');
    const at = (project: string) => () =>
      environmentOf(twofold, 'web', {
        urlOf: (name) => `https://${name}-${project}.europe-west1.run.app`,
        emailOf: String,
      });
    expect(at('1')).toThrow('pay is search, a service of edges.yaml: call that, and take pay out.');
    // Another project may have a service of the same name.
    expect(at('2')()).toMatchObject({ PAY_URL: 'https://search-1.europe-west1.run.app' });
  });

  it.each(['nobody', '__proto__', ''])('refuses the undeclared %j and names the declared', (service) => {
    expect(() => environment(service)).toThrow(RangeError);
    expect(() => environment(service)).toThrow('Declared: login, admin, user-profiles, search, island.');
  });
});
