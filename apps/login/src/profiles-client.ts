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
  /** Of the disc that stands for a photo. */
  colour: string;
}

/** What a person writes of themselves. */
export interface ProfileInput extends Omit<PublicProfile, 'id'> {
  /** Neither found nor shown to anybody else. */
  hidden: boolean;
}

/** What a person sees of themselves. */
export interface OwnProfile extends PublicProfile, ProfileInput {
  email: string;
  /** Counts the writes. */
  version: number;
}

/** A piece of a field's text, and whether it is what was looked for. */
export interface Fragment {
  text: string;
  match: boolean;
}

/** The fields that match, in pieces; of a long biography the part around the first match. */
export interface Highlights extends Partial<Record<'name' | 'title' | 'team' | 'city' | 'bio', Fragment[]>> {
  skills?: Fragment[][];
}

export interface FoundPeople {
  people: (PublicProfile & { highlights: Highlights })[];
  /** The cursor of the next page; null on the last one. */
  next: string | null;
}

/** On whose behalf, and as part of which trace, a call is made. */
export interface CallContext {
  person: { id: string; email: string };
  traceparent: string;
}

/** user-profiles did not answer, or not well: 503, or 504 when it took too long. */
export class DirectoryUnavailableError extends Error {
  override name = 'DirectoryUnavailableError';
  readonly statusCode: 503 | 504;

  constructor(message: string, options: ErrorOptions & { statusCode?: 504 } = {}) {
    super(message, options);
    this.statusCode = options.statusCode ?? 503;
  }
}

/** user-profiles, or Google's front end before it, refused this service: 502. */
export class DirectoryRefusedError extends Error {
  override name = 'DirectoryRefusedError';
  readonly statusCode = 502;
}

/** user-profiles finds fault with what a person wrote or asked: 400. */
export class InputRefusedError extends Error {
  override name = 'InputRefusedError';
  readonly statusCode = 400;

  /** What is wrong, field by field. */
  readonly faults: { field: string; detail: string }[];

  constructor(faults: { field: string; detail: string }[]) {
    super('user-profiles does not take the input');
    this.faults = faults;
  }
}

export interface ProfilesClient {
  /** The caller's own profile; `undefined` when there is none yet. */
  me(context: CallContext): Promise<OwnProfile | undefined>;
  /** Makes the caller's profile unless there is one. */
  create(profile: Partial<ProfileInput>, context: CallContext): Promise<void>;
  /** Replaces the caller's profile; `false` when it has another version by now. */
  update(profile: ProfileInput, version: number, context: CallContext): Promise<boolean>;
  person(id: string, context: CallContext): Promise<PublicProfile | undefined>;
  /** A page of matches, best first: the first one, or the one that a cursor leads to. */
  find(text: string, cursor: string | undefined, context: CallContext): Promise<FoundPeople>;
}

/** The most people on one page. */
const PAGE_SIZE = 20;
const TIMEOUT_MS = 8_000;

/**
 * The only way from here to user-profiles. `Authorization` carries the user token, so the client puts this service's
 * ID token into X-Serverless-Authorization.
 */
export function createProfilesClient(config: Config, tokens: UserTokens, timeout = TIMEOUT_MS): ProfilesClient {
  const client = config.USER_PROFILES_URL
    ? createServiceClient({ url: config.USER_PROFILES_URL, plainHttpHosts: listOf(config.PLAIN_HTTP_HOSTS) })
    : undefined;

  /** Resolves to the body of a 200, `undefined` for one of the expected statuses. */
  async function call<Answer>(
    path: string,
    { person, traceparent }: CallContext,
    expected: number,
    write?: { body: object; condition: Record<string, string> },
  ): Promise<Answer | undefined> {
    if (!client) throw new DirectoryRefusedError('USER_PROFILES_URL is not set: nothing lets login call user-profiles');
    const authorization = `Bearer ${await tokens.sign(person)}`;
    const signal = AbortSignal.timeout(timeout);
    try {
      const response = await client.fetch(path, {
        ...(write && { method: 'PUT', body: JSON.stringify(write.body) }),
        headers: {
          authorization,
          traceparent,
          ...(write && { 'content-type': 'application/json' }),
          ...write?.condition,
        },
        signal,
        redirect: 'manual',
      });
      if (response.ok) return (await response.json()) as Answer;
      if (response.status === expected) {
        await response.body?.cancel();
        return undefined;
      }
      throw await errorOf(response);
    } catch (error) {
      if (OWN_ERRORS.some((Own) => error instanceof Own)) throw error;
      if (isRunAuthError(error) && error.name === 'FrontEndError') {
        throw new DirectoryRefusedError('the front end of user-profiles refused', { cause: error });
      }
      if (signal.aborted) {
        throw new DirectoryUnavailableError('user-profiles took too long', { cause: error, statusCode: 504 });
      }
      throw new DirectoryUnavailableError('user-profiles could not be called', { cause: error });
    }
  }

  return {
    me: (context) => call<OwnProfile>('/me', context, 404),
    create: async (profile, context) => {
      await call('/me', context, 412, { body: profile, condition: { 'if-none-match': '*' } });
    },
    update: async (profile, version, context) => {
      const condition = { 'if-match': `"${version}"` };
      return (await call('/me', context, 412, { body: profile, condition })) !== undefined;
    },
    person: (id, context) => call<PublicProfile>(`/people/${encodeURIComponent(id)}`, context, 404),
    find: async (text, cursor, context) => {
      const query = new URLSearchParams({ q: text, limit: String(PAGE_SIZE), ...(cursor && { cursor }) });
      return (await call<FoundPeople>(`/people?${query}`, context, 404)) ?? { people: [], next: null };
    },
  };
}

const OWN_ERRORS = [DirectoryUnavailableError, DirectoryRefusedError, InputRefusedError];

/** What an answer that is neither a success nor expected means here. */
async function errorOf(response: Response): Promise<Error> {
  const what = `user-profiles answered ${response.status}`;
  if (response.status === 400) {
    const { errors = [] } = (await response.json()) as { errors?: { field: string; detail: string }[] };
    // Fields come as JSON pointers after the part of the request: body/skills/0.
    return new InputRefusedError(errors.map(({ field, detail }) => ({ field: field.split('/')[1] ?? '', detail })));
  }
  await response.body?.cancel();
  return response.status >= 500 ? new DirectoryUnavailableError(what) : new DirectoryRefusedError(what);
}
