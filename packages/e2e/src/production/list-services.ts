// As Google's documentation has it: application default credentials, whoever they are.
import { GoogleAuth } from 'google-auth-library';

const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });
const parent = `projects/${process.argv[2]}/locations/us-central1`;
const { data } = await auth.request<{ services: { uri: string }[] }>({
  url: `https://run.googleapis.com/v2/${parent}/services`,
});
process.stdout.write(JSON.stringify(data.services.map(({ uri }) => uri)));
