import { describe, expect, onTestFinished } from 'vitest';
import type { EmulatorOptions } from '../src/index.ts';
import { gateCloud } from './gate-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { userToken } from './user-token.ts';
import { verifies } from './verifies.ts';

const resource = 'services/closed';
const invoker = 'roles/run.invoker';

/** A private service that nobody may call yet, and the statuses of users and of services there. */
async function privateService(options: Partial<Omit<EmulatorOptions, 'edges' | 'fronts'>> = {}) {
  const edges = 'services: { open: { public: true }, closed: {} }';
  const gates = await gateCloud({ edges, app: (_request, response) => void response.end(), ...options });
  onTestFinished(() => gates[Symbol.asyncDispose]());
  const status = async (token: string, path = '/') =>
    (await rawRequest(`${gates.url('closed')}${path}`, ['Authorization', `Bearer ${token}`])).status;
  return {
    policies: gates.cloud.policies,
    user: async (email: string) => status(await userToken(gates.cloud, email)),
    service: async (name: string, path?: string) => status(await gates.cloud.idToken(name, gates.url('closed')), path),
  };
}

describe('members of a policy', () => {
  verifies('iam:users', 'and nobody of another name or domain', async () => {
    const { policies, user, service } = await privateService();
    const statuses = async () => [
      await user('ada@example.com'),
      await user('eve@example.com'),
      await user('ada@sub.example.com'),
      await service('open'),
    ];
    for (const [member, expected] of [
      ['user:ada@example.com', [200, 403, 403, 403]],
      ['domain:example.com', [200, 200, 403, 403]],
      ['allAuthenticatedUsers', [200, 200, 200, 200]],
      ['deleted:user:ada@example.com?uid=1', [403, 403, 403, 403]],
    ] as const) {
      policies.grant(resource, invoker, member);
      expect(await statuses(), member).toEqual(expected);
      policies.revoke(resource, invoker, member);
    }
    expect(await statuses()).toEqual([403, 403, 403, 403]);
  });

  verifies('iam:kubernetes', 'are kept, and nobody here is one', async () => {
    const { policies, user, service } = await privateService();
    const member = 'serviceAccount:run-edges-local.svc.id.goog[default/open-run]';
    policies.grant(resource, invoker, member);
    expect(policies.read(resource).bindings).toEqual([{ role: invoker, members: [member] }]);
    expect([await user('ada@example.com'), await service('open'), await service('stranger')]).toEqual([403, 403, 403]);
    policies.grant(resource, invoker, 'user:ada@example.com');
    expect(policies.read(resource).bindings[0]?.members).toContain(member);
    expect([await user('ada@example.com'), await service('open')]).toEqual([200, 403]);
  });

  verifies('iam:groups', 'and not the group itself', async () => {
    const { policies, user, service } = await privateService({
      groups: {
        'all@example.com': ['group:team@example.com', 'user:boss@example.com'],
        'team@example.com': ['user:ada@example.com', 'serviceAccount:open-run@run-edges-local.iam.gserviceaccount.com'],
      },
    });
    const statuses = async () => [
      await user('ada@example.com'),
      await user('boss@example.com'),
      await service('open'),
      await service('stranger'),
      await user('team@example.com'),
    ];
    policies.grant(resource, invoker, 'group:all@example.com');
    expect(await statuses()).toEqual([200, 200, 200, 403, 403]);
    policies.revoke(resource, invoker, 'group:all@example.com');
    policies.grant(resource, invoker, 'group:team@example.com');
    expect(await statuses()).toEqual([200, 403, 200, 403, 403]);
  });
});

describe('conditions of a binding', () => {
  const member = 'serviceAccount:open-run@run-edges-local.iam.gserviceaccount.com';

  verifies('iam:condition-attributes', 'each true and each false', async () => {
    const { policies, service } = await privateService();
    for (const [expression, expected] of [
      ['request.path.startsWith("/api/")', 200],
      ['request.path == "/api/x?y"', 403],
      ['request.time > timestamp("2020-01-01T00:00:00Z")', 200],
      ['request.time.getFullYear() < 2020', 403],
      ['resource.name == "projects/run-edges-local/locations/us-central1/services/closed"', 200],
      ['resource.name.endsWith("/services/open")', 403],
      ['resource.type == "run.googleapis.com/Service"', 200],
      ['resource.type == "iam.googleapis.com/ServiceAccount"', 403],
      ['resource.service == "run.googleapis.com"', 200],
      ['resource.service == "iam.googleapis.com"', 403],
      ['request.path == "/api/x" && !(resource.name == "")', 200],
      ['1 / 0 == 1', 403],
    ] as const) {
      policies.grant(resource, invoker, member, { title: 'it', expression });
      expect(await service('open', '/api/x?y'), expression).toBe(expected);
      policies.revoke(resource, invoker, member);
    }
  });

  verifies('iam:unknown-attribute', 'and what is no condition', async () => {
    const { policies, service } = await privateService();
    for (const expression of [
      'request.host == "x"',
      'request.auth == "x"',
      'origin.ip == "1.1.1.1"',
      '1 + 1',
      '',
      'request.path ==',
    ]) {
      expect(() => policies.grant(resource, invoker, member, { title: 'it', expression }), expression).toThrow(
        'is invalid',
      );
      expect(await service('open')).toBe(403);
    }
  });
});
