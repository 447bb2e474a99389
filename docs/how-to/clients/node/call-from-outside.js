// GOOGLE_APPLICATION_CREDENTIALS=config.json node call-from-outside.js https://RECEIVER/PATH [AUDIENCE]
// By workload identity federation: config.json is what `gcloud iam workload-identity-pools create-cred-config` wrote.
import { createServiceClient } from '@run-edges/auth/outbound';

const [url, audience] = process.argv.slice(2);
// Without an audience it is the service's, also where the URL is one of a path or of a tag.
const receiver = createServiceClient(audience === undefined ? { url } : { url, audience });
const response = await receiver.fetch(url);
console.log(response.status, await response.text());
