import { describe, expect, it } from 'vitest';
import { environmentOf } from './environment.ts';
import { serviceAccountEmail } from './identity.ts';
import { parseDeclaration } from './parse-declaration.ts';
import { findService } from './service.ts';

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

  it.each(['nobody', '__proto__', ''])('refuses the undeclared %j and names the declared', (service) => {
    expect(() => environment(service)).toThrow(RangeError);
    expect(() => environment(service)).toThrow('Declared: login, admin, user-profiles, search, island.');
  });
});
