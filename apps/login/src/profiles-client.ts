import { isRunAuthError } from '@run-edges/auth';
import { createServiceClient } from '@run-edges/auth/outbound';
import { listOf } from '@run-edges/service';
import type { Config } from './config.ts';
import type { UserTokens } from './user-token.ts';

/** What others see of a person. */
export interface PublicProfile {
  id: string;
  name: string;
  title: string;
  team: string;
  city: string;
  skills: string[];
  bio: string;
}

/** What a person sees of themselves. */
export interface OwnProfile extends PublicProfile {
  email: string;
  hidden: boolean;
}

/** On whose behalf, and as part of which trace, a call is made. */
export interface CallContext {
  person: { id: string; email: string };
  traceparent: string;
}

/** user-profiles did not answer, or not well: 503. */
export class DirectoryUnavailableError extends Error {
  override name = 'DirectoryUnavailableError';
  readonly statusCode = 503;
}

/** user-profiles, or Google's front end before it, refused this service: 502. */
export class DirectoryRefusedError extends Error {
  override name = 'DirectoryRefusedError';
  readonly statusCode = 502;
}

export interface ProfilesClient {
  /** The caller's own profile; `undefined` when there is none yet. */
  me(context: CallContext): Promise<OwnProfile | undefined>;
  person(id: string, context: CallContext): Promise<PublicProfile | undefined>;
  find(text: string, context: CallContext): Promise<PublicProfile[]>;
}

/** The most people that one question brings. */
export const FIND_LIMIT = 20;
const TIMEOUT_MS = 8_000;

/**
 * The only way from here to user-profiles. `Authorization` carries the user token, so the client puts this service's
 * ID token into X-Serverless-Authorization.
 */
export function createProfilesClient(config: Config, tokens: UserTokens): ProfilesClient {
  const client = config.USER_PROFILES_URL
    ? createServiceClient({ url: config.USER_PROFILES_URL, plainHttpHosts: listOf(config.PLAIN_HTTP_HOSTS) })
    : undefined;

  async function get<Answer>(path: string, { person, traceparent }: CallContext): Promise<Answer | undefined> {
    if (!client) throw new DirectoryRefusedError('USER_PROFILES_URL is not set: nothing lets login call user-profiles');
    const authorization = `Bearer ${await tokens.sign(person)}`;
    try {
      const response = await client.fetch(path, {
        headers: { authorization, traceparent },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        redirect: 'manual',
      });
      if (response.ok) return (await response.json()) as Answer;
      await response.body?.cancel();
      if (response.status === 404) return undefined;
      const what = `user-profiles answered ${response.status}`;
      throw response.status >= 500 ? new DirectoryUnavailableError(what) : new DirectoryRefusedError(what);
    } catch (error) {
      if (error instanceof DirectoryUnavailableError || error instanceof DirectoryRefusedError) throw error;
      if (isRunAuthError(error) && error.name === 'FrontEndError') {
        throw new DirectoryRefusedError('the front end of user-profiles refused', { cause: error });
      }
      throw new DirectoryUnavailableError('user-profiles could not be called', { cause: error });
    }
  }

  return {
    me: (context) => get<OwnProfile>('/me', context),
    person: (id, context) => get<PublicProfile>(`/people/${encodeURIComponent(id)}`, context),
    find: async (text, context) => {
      const query = new URLSearchParams({ q: text, limit: String(FIND_LIMIT) });
      const answer = await get<{ people: PublicProfile[] }>(`/people?${query}`, context);
      return answer?.people ?? [];
    },
  };
}
