// node call.js https://RECEIVER/PATH [AUDIENCE]
import { GoogleAuth } from 'google-auth-library';

const [url, audience = url] = process.argv.slice(2);
const client = await new GoogleAuth().getIdTokenClient(audience);
const { status, data } = await client.request({ url, responseType: 'text', validateStatus: () => true });
console.log(status, data);
