// A caller as Google's documentation writes it: unmodified google-auth-library, configured by environment alone.
// Arguments: URLs of receivers. Prints an array of {url, status, body}.
import { GoogleAuth } from 'google-auth-library';

const auth = new GoogleAuth();
const answers = [];
for (const url of process.argv.slice(2)) {
  const client = await auth.getIdTokenClient(url);
  const { status, data } = await client.request<string>({
    url: `${url}/health/live`,
    responseType: 'text',
    validateStatus: () => true,
  });
  answers.push({ url, status, body: data });
}
process.stdout.write(JSON.stringify(answers));
