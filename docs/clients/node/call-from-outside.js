// GOOGLE_APPLICATION_CREDENTIALS=config.json node call-from-outside.js https://RECEIVER
// By workload identity federation: config.json is what `gcloud iam workload-identity-pools create-cred-config` wrote.
import { createServiceClient } from '@run-edges/auth/outbound';

const receiver = createServiceClient({ url: process.argv[2] });
const response = await receiver.fetch('/');
console.log(response.status, await response.text());
