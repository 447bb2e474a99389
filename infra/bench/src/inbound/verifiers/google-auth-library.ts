import { OAuth2Client } from 'google-auth-library';
import type { PrepareVerifier } from '../settings.ts';

/** `verifyIdToken`, as Google's pages say; it is `verifySignedJwtWithCertsAsync` after its key cache. */
export const prepare: PrepareVerifier = async ({ certificatesUri, audience }) => {
  const client = new OAuth2Client({ endpoints: { oauth2FederatedSignonPemCertsUrl: certificatesUri } });
  return (idToken) => client.verifyIdToken({ idToken, audience });
};
