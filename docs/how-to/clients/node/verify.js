// node verify.js AUDIENCE [CERTIFICATES_URL] < token
import { text } from 'node:stream/consumers';
import { OAuth2Client } from 'google-auth-library';

const [audience, certificates] = process.argv.slice(2);
const client = new OAuth2Client(certificates && { endpoints: { oauth2FederatedSignonPemCertsUrl: certificates } });
const ticket = await client.verifyIdToken({ idToken: await text(process.stdin), audience });
console.log(ticket.getPayload().email);
