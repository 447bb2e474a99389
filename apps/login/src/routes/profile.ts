import type { Service } from '@run-edges/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { COLOURS } from '../badge.ts';
import { inWords, type Mistakes, mistakesOf } from '../form.ts';
import { sendPage } from '../pages.ts';
import { InputRefusedError, type OwnProfile, type ProfileInput, type ProfilesClient } from '../profiles-client.ts';
import { contextOf } from '../signed-in.ts';

const line = { type: 'string', maxLength: 200 } as const;
const MAX_SKILLS = 50;
const MAX_SKILL = 60;

const profileSchema = {
  type: 'object',
  properties: {
    _csrf: { type: 'string', maxLength: 500 },
    version: { type: 'string', pattern: '^[1-9][0-9]{0,14}$' },
    name: { type: 'string', maxLength: 200, pattern: '\\S' },
    title: line,
    team: line,
    city: line,
    skills: { type: 'string', maxLength: MAX_SKILLS * (MAX_SKILL + 2) },
    bio: { type: 'string', maxLength: 4_000 },
    colour: { type: 'string', enum: COLOURS },
    // As browsers send a box: `on` or not at all.
    hidden: { type: 'string', enum: ['on'] },
  },
  required: ['version', 'name', 'title', 'team', 'city', 'skills', 'bio', 'colour'],
  additionalProperties: false,
} as const;

const visibilitySchema = {
  type: 'object',
  properties: {
    _csrf: { type: 'string', maxLength: 500 },
    hidden: { type: 'string', enum: ['true', 'false'] },
  },
  required: ['hidden'],
  additionalProperties: false,
} as const;

const noteQuerySchema = {
  type: 'object',
  properties: { note: { type: 'string', enum: ['welcome', 'saved', 'hidden', 'shown', 'changed', 'ended'] } },
  additionalProperties: false,
} as const;

const WORDS = {
  name: 'Enter your name, of at most 200 characters.',
  title: 'Keep the title to 200 characters.',
  team: 'Keep the team to 200 characters.',
  city: 'Keep the city to 200 characters.',
  skills: `Name at most ${MAX_SKILLS} skills of at most ${MAX_SKILL} characters each, with commas between them.`,
  bio: 'Keep this to 4,000 characters.',
  colour: 'Choose one of the colours.',
};

/** What the form holds: fields as typed. */
type FormValues = Record<string, string | undefined>;

/** The own profile: seen, edited, hidden and shown. */
export function addProfileRoutes(app: Service, profiles: ProfilesClient): void {
  app.get('/me', { schema: { querystring: noteQuerySchema } }, async (request, reply) => {
    const profile = await profiles.me(contextOf(request));
    return sendPage(reply, 'me', { profile, note: request.query.note });
  });

  app.get('/me/edit', { schema: { querystring: noteQuerySchema } }, async (request, reply) => {
    const profile = await ownProfile(request);
    return sendForm(reply, { values: valuesOf(profile), mistakes: {}, note: request.query.note });
  });

  app.post(
    '/me/edit',
    { schema: { body: profileSchema }, preValidation: app.csrfProtection, attachValidation: true },
    async (request, reply) => {
      const values: FormValues = request.body;
      const again = (status: number, mistakes: Mistakes) => sendForm(reply.code(status), { values, mistakes });

      const mistakes = mistakesOf(request, WORDS);
      if (mistakes) return again(400, mistakes);
      const version = Number(request.body.version);
      try {
        const written = await profiles.update(inputOf(request.body), version, contextOf(request));
        if (written) return reply.redirect('/me?note=saved', 303);
      } catch (error) {
        if (error instanceof InputRefusedError) return again(422, inWords(error.faults, WORDS));
        throw error;
      }
      // Somebody wrote in between, in another window: what was typed here is kept, over what is there by now.
      const profile = await ownProfile(request);
      return sendForm(reply.code(409), {
        values: { ...values, version: String(profile.version) },
        mistakes: {},
        conflict: profile,
      });
    },
  );

  app.post(
    '/me/visibility',
    { schema: { body: visibilitySchema }, preValidation: app.csrfProtection },
    async (request, reply) => {
      const hidden = request.body.hidden === 'true';
      const { name, title, team, city, skills, bio, colour, version } = await ownProfile(request);
      const input = { name, title, team, city, skills, bio, colour, hidden };
      const written = await profiles.update(input, version, contextOf(request));
      return reply.redirect(`/me?note=${written ? (hidden ? 'hidden' : 'shown') : 'changed'}`, 303);
    },
  );

  /** The profile of somebody signed in, which sign-up has made. */
  async function ownProfile(request: FastifyRequest): Promise<OwnProfile> {
    const profile = await profiles.me(contextOf(request));
    if (!profile) throw Object.assign(new Error('there is no profile of this person'), { statusCode: 404 });
    return profile;
  }
}

function sendForm(
  reply: FastifyReply,
  data: { values: FormValues; mistakes: Mistakes; note?: string | undefined; conflict?: OwnProfile },
): FastifyReply | Promise<FastifyReply> {
  return sendPage(reply, 'edit', { ...data, colours: COLOURS });
}

function valuesOf({ skills, hidden, version, ...profile }: OwnProfile): FormValues {
  return {
    ...profile,
    version: String(version),
    skills: skills.join(', '),
    hidden: hidden ? 'on' : undefined,
  };
}

type ValidForm = Omit<Record<keyof ProfileInput, string>, 'hidden'> & { hidden?: string };

function inputOf({ name, title, team, city, skills, bio, colour, hidden }: ValidForm): ProfileInput {
  return {
    name: name.trim(),
    title: title.trim(),
    team: team.trim(),
    city: city.trim(),
    skills: [...new Set(skills.split(/[,\n]/).flatMap((skill) => skill.trim() || []))],
    // Browsers send line ends as CRLF.
    bio: bio.replaceAll('\r\n', '\n').trim(),
    colour,
    hidden: hidden === 'on',
  };
}
