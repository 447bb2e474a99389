// node call-with-metadata.js https://RECEIVER
import { instance } from 'gcp-metadata';

const url = process.argv[2];
const token = await instance({ property: 'service-accounts/default/identity', params: { audience: url } });
const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
console.log(response.status, await response.text());
