import { ask, request } from './dom.js';

/** What an API answers to a token that it does not take. */
const UNAUTHENTICATED = 401;

/**
 * The developer, for as long as this page is open: what proves it is in the page's memory and nowhere else. No cookie
 * and no storage holds it, so that a browser sends it for no other page.
 */
export function createDeveloper() {
  let developerToken = '';
  let accessToken = '';

  async function renew() {
    const { credentials } = await ask('credentials', {
      method: 'POST',
      headers: { authorization: `Bearer ${developerToken}`, 'content-type': 'application/json' },
      body: '{}',
    });
    const { client_id, client_secret, refresh_token } = credentials;
    const grant = { grant_type: 'refresh_token', client_id, client_secret, refresh_token };
    const signedIn = await request('/token', { method: 'POST', body: new URLSearchParams(grant) });
    accessToken = signedIn.access_token;
  }

  return {
    /**
     * Becomes the owner of the project. Who it was before is forgotten first.
     *
     * @param {string} token as `run-edges up` keeps it
     */
    async signIn(token) {
      accessToken = '';
      developerToken = token;
      await renew().catch((error) => {
        developerToken = '';
        throw error;
      });
    },

    signOut() {
      developerToken = '';
      accessToken = '';
    },

    /**
     * Asks an API of Google's as the owner of the project.
     *
     * @param {string} path
     * @param {unknown} [body] sent by POST where there is one
     * @returns {Promise<any>}
     */
    async ask(path, body) {
      const send = () =>
        request(path, {
          headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
          ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
        });
      try {
        return await send();
      } catch (error) {
        if (!(error instanceof Error) || error.cause !== UNAUTHENTICATED) throw error;
        // It lives for an hour, and not longer than the emulator's keys.
        await renew();
        return send();
      }
    },
  };
}
