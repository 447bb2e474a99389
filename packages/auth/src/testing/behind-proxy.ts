// A process with what the environment says of proxies. Makes the calls that ARGS names, as JSON: prints their outcomes.
import { generateKeyPairSync } from 'node:crypto';
import { GoogleAuth, UserRefreshClient } from 'google-auth-library';
import { EnvHttpProxyAgent, setGlobalDispatcher } from 'undici';
import { createVerifier } from '../inbound.ts';
import { applicationDefault, authClient, createServiceClient, metadataServer, serviceAccountKey } from '../outbound.ts';

/** What the process is to do. */
export interface Errand {
  readonly receiver: string;
  readonly jwksUri: string;
  readonly endpoints: { readonly token: string; readonly iamCredentials: string };
  /** Whether it sets undici's agent that goes by the variables. */
  readonly ofUndici: boolean;
}

const { receiver, jwksUri, endpoints, ofUndici }: Errand = JSON.parse(process.argv[2] ?? '');
if (ofUndici) setGlobalDispatcher(new EnvHttpProxyAgent());
const account = 'target@demo.iam.gserviceaccount.com';
const person = new UserRefreshClient('id', 'secret', 'refresh');
const SOURCES = {
  'the metadata server': metadataServer(),
  'what is found': applicationDefault(),
  'an impersonated account': applicationDefault({ impersonate: account, endpoints }),
  'a person who impersonates one': authClient(person, { impersonate: account, endpoints }),
};

const outcomes: Record<string, unknown> = {};
const outcomeOf = async (call: () => Promise<unknown>): Promise<unknown> =>
  call().catch((error: Error) => `${error.name}: ${error.message} ${error.cause}`);
for (const [name, source] of Object.entries(SOURCES)) {
  const client = createServiceClient({ url: receiver, source });
  outcomes[name] = await outcomeOf(async () => (await client.fetch('/')).status);
}
const verifier = createVerifier({ mode: 'signature', audience: null, allowedCallers: null, jwksUri });
outcomes['the keys'] = await outcomeOf(async () => (await verifier.prefetch()) ?? 200);
outcomes['a client of Google'] = await outcomeOf(async () => {
  const client = await new GoogleAuth().getIdTokenClient(receiver);
  return (await client.getRequestHeaders()).has('authorization') ? 200 : 0;
});
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const key = serviceAccountKey({ client_email: account, private_key: pem });
outcomes['the token endpoint of Google'] = await outcomeOf(() => key.fetchIdToken(receiver));
const elsewhere = createServiceClient({
  url: 'https://receiver.example',
  source: metadataServer(),
  tokenTimeout: 5_000,
});
outcomes.elsewhere = await outcomeOf(async () => (await elsewhere.fetch('/')).status);
process.stdout.write(JSON.stringify(outcomes));
