// node call.js https://RECEIVER
import { GoogleAuth } from 'google-auth-library';

const url = process.argv[2];
const client = await new GoogleAuth().getIdTokenClient(url);
const { status, data } = await client.request({ url, responseType: 'text', validateStatus: () => true });
console.log(status, data);
