// GOOGLE_APPLICATION_CREDENTIALS=config.json node call-federated.js https://RECEIVER/PATH [AUDIENCE]
// By workload identity federation, with Google's library alone: config.json is what
// `gcloud iam workload-identity-pools create-cred-config` wrote.
import { readFile } from 'node:fs/promises';
import { ExternalAccountClient, IdTokenClient, Impersonated } from 'google-auth-library';

const [url, audience = url] = process.argv.slice(2);
const config = JSON.parse(await readFile(process.env.GOOGLE_APPLICATION_CREDENTIALS, 'utf8'));
const { service_account_impersonation_url: account, ...federation } = config;
const scopes = ['https://www.googleapis.com/auth/cloud-platform'];

// The token of the Security Token Service asks the account for an ID token.
const sourceClient = ExternalAccountClient.fromJSON({ ...federation, scopes });
const targetPrincipal = /serviceAccounts\/(.+):generateAccessToken$/.exec(account)[1];
const idTokenProvider = new Impersonated({ sourceClient, targetPrincipal, targetScopes: scopes });
const client = new IdTokenClient({ targetAudience: audience, idTokenProvider });
const { status, data } = await client.request({ url, responseType: 'text', validateStatus: () => true });
console.log(status, data);
