import { OAuth2Client } from 'google-auth-library';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type GateCloud, type GateCloudOptions, gateCloud } from './gate-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { userToken } from './user-token.ts';
import { verifies } from './verifies.ts';

/** What `SIGNATURE_REMOVED_BY_GOOGLE` adds to a token that has lost a signature of 2048 bits: 342 characters of base64url. */
const SHORTER_BY = 342 - 'SIGNATURE_REMOVED_BY_GOOGLE'.length;
const ADC_CLIENT = '764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com';

const bearer = (token: string) => `Bearer ${token}`;
const strip = (token: string) => token.replace(/[^.]+$/, 'SIGNATURE_REMOVED_BY_GOOGLE');

/** Gates before a private service that `open` and a user may call. */
async function withUsers(options: GateCloudOptions = {}): Promise<GateCloud> {
  const gates = await gateCloud({
    app: ({ rawHeaders }, response) => void response.end(JSON.stringify(rawHeaders)),
    ...options,
  });
  gates.cloud.policies.grant('services/closed', 'roles/run.invoker', 'user:dev@example.com');
  return gates;
}

/** What reached the container of a header, or the status of a refusal. */
async function arrived(gates: GateCloud, name: string, token: string, service = 'closed'): Promise<string | number> {
  const { status, body } = await rawRequest(`${gates.url(service)}/`, [name, bearer(token)]);
  if (status !== 200) return status;
  const raw = JSON.parse(body) as string[];
  return raw[raw.indexOf(name) + 1] ?? '';
}

describe('the token in Authorization, as it reaches the container of a private service', () => {
  let gates: GateCloud;
  let ofService: string;
  let ofUser: string;
  beforeAll(async () => {
    gates = await withUsers({
      gate: { services: { closed: { customAudiences: ['https://api.example.com', 'plain'] } } },
    });
    ofService = await gates.cloud.idToken('open', gates.url('closed'));
    ofUser = await userToken(gates.cloud, 'dev@example.com');
  });
  afterAll(() => gates[Symbol.asyncDispose]());

  verifies('gate:authorization-whole', 'for a URL of the service or a custom audience', async () => {
    const urls = [gates.url('closed'), ...gates.cloud.service('closed').hosts.map((host) => `https://${host}`)];
    for (const audience of [...urls, 'https://api.example.com', 'plain']) {
      const token = await gates.cloud.idToken('open', audience);
      expect(await arrived(gates, 'Authorization', token), audience).toBe(bearer(token));
    }
  });

  verifies('gate:authorization-of-users', 'of either client of gcloud', async () => {
    for (const token of [ofUser, await userToken(gates.cloud, 'dev@example.com', ADC_CLIENT)]) {
      const seen = await arrived(gates, 'Authorization', token);
      expect(seen).toBe(bearer(strip(token)));
      expect(`${seen}`).toHaveLength(bearer(token).length - SHORTER_BY);
    }
  });

  verifies('gate:signature-removed', 'whoever sends it', async () => {
    for (const token of [ofService, ofUser])
      expect(await arrived(gates, 'X-Serverless-Authorization', token)).toBe(bearer(strip(token)));
  });

  verifies(
    'gate:authorization-verified',
    'by google-auth-library and the keys that the emulator publishes',
    async () => {
      const receiver = new OAuth2Client({
        endpoints: { oauth2FederatedSignonPemCertsUrl: `${gates.cloud.url}/oauth2/v1/certs` },
      });
      const [, idToken = ''] = `${await arrived(gates, 'Authorization', ofService)}`.split(' ');
      const verified = await receiver.verifyIdToken({ idToken, audience: gates.url('closed') });
      expect(verified.getPayload()?.email).toBe('open-run@run-edges-local.iam.gserviceaccount.com');
    },
  );

  verifies('gate:authorization-verified', 'and what is public verifies either', async () => {
    for (const token of [ofService, ofUser])
      expect(await arrived(gates, 'Authorization', token, 'open')).toBe(bearer(token));
  });
});

describe('stripAuthorization', () => {
  verifies('gate:authorization-switch', 'for Authorization alone, and for whom the gate let in', async () => {
    for (const [stripAuthorization, service, user] of [
      ['always', strip, strip],
      ['users', (token: string) => token, strip],
      ['never', (token: string) => token, (token: string) => token],
    ] as const) {
      await using gates = await withUsers({ gate: { stripAuthorization } });
      const ofService = await gates.cloud.idToken('open', gates.url('closed'));
      const ofUser = await userToken(gates.cloud, 'dev@example.com');
      // In turn: what is remembered of one caller is not for the other.
      for (const [token, sees] of [
        [ofService, service],
        [ofUser, user],
        [ofService, service],
      ] as const) {
        expect(await arrived(gates, 'Authorization', token), stripAuthorization).toBe(bearer(sees(token)));
        expect(await arrived(gates, 'X-Serverless-Authorization', token)).toBe(bearer(strip(token)));
        expect(await arrived(gates, 'Authorization', token, 'open')).toBe(bearer(token));
      }
    }
  });

  verifies('gate:authorization-switch', 'also where one binding lets both in', async () => {
    await using gates = await withUsers();
    gates.cloud.policies.grant('services/closed', 'roles/run.invoker', 'allAuthenticatedUsers');
    const ofService = await gates.cloud.idToken('open', gates.url('closed'));
    const ofUser = await userToken(gates.cloud, 'dev@example.com');
    for (const [token, seen] of [
      [ofUser, strip(ofUser)],
      [ofService, ofService],
      [ofUser, strip(ofUser)],
    ] as const)
      expect(await arrived(gates, 'Authorization', token)).toBe(bearer(seen));
  });
});
