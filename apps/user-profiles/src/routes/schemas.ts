import { COLOURS } from '../store/store.ts';

const line = { type: 'string', maxLength: 200, default: '' } as const;
const id = { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' } as const;

const written = {
  name: { type: 'string', maxLength: 200, pattern: '\\S' },
  title: line,
  team: line,
  city: line,
  skills: { type: 'array', items: { type: 'string', maxLength: 60, pattern: '\\S' }, maxItems: 50, default: [] },
  bio: { type: 'string', maxLength: 4_000, default: '' },
  colour: {
    type: 'string',
    enum: COLOURS,
    default: 'slate',
    description: 'of the disc that stands for a photo',
  },
} as const;

/** What a person may write of themselves; what is left out is emptied. */
export const profileSchema = {
  type: 'object',
  properties: {
    ...written,
    hidden: { type: 'boolean', default: false, description: 'neither found nor shown to anybody else' },
  },
  required: ['name', 'title', 'team', 'city', 'skills', 'bio', 'colour', 'hidden'],
  additionalProperties: false,
} as const;

/** RFC 9110 section 13.1: write only over the version that the sender has seen, or only when there is none. */
export const conditionSchema = {
  type: 'object',
  properties: {
    'if-match': { type: 'string', pattern: '^"[1-9][0-9]{0,14}"$', description: 'the entity tag of one version' },
    'if-none-match': { type: 'string', enum: ['*'] },
  },
} as const;

/** What a person sees of themselves. */
export const ownProfileSchema = {
  type: 'object',
  properties: {
    id,
    email: { type: 'string' },
    ...written,
    hidden: { type: 'boolean' },
    version: { type: 'integer', description: 'counts the changes, from 1' },
  },
  required: ['id', 'email', ...profileSchema.required, 'version'],
  additionalProperties: false,
} as const;

/** What others see of a person. */
export const publicProfileSchema = {
  type: 'object',
  properties: { id, ...written },
  required: ['id', 'name', 'title', 'team', 'city', 'skills', 'bio', 'colour'],
  additionalProperties: false,
} as const;

export const personParamsSchema = { type: 'object', properties: { id }, required: ['id'] } as const;

export const findQuerySchema = {
  type: 'object',
  properties: {
    q: { type: 'string', minLength: 1, maxLength: 200 },
    limit: { type: 'string', pattern: '^([1-9][0-9]?|100)$', description: '1 to 100, default 20' },
    cursor: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$', description: 'the `next` of the page before' },
  },
  required: ['q'],
  additionalProperties: false,
} as const;

const fragments = {
  type: 'array',
  items: {
    type: 'object',
    properties: { text: { type: 'string' }, match: { type: 'boolean' } },
    required: ['text', 'match'],
    additionalProperties: false,
  },
} as const;

/** The fields that match, in pieces of text (never markup): those that were looked for and those between. */
const highlightsSchema = {
  type: 'object',
  properties: {
    name: fragments,
    title: fragments,
    team: fragments,
    city: fragments,
    skills: { type: 'array', items: fragments, description: 'one list of pieces for each skill' },
    bio: { ...fragments, description: 'of a long one the part around the first match' },
  },
  additionalProperties: false,
} as const;

export const foundSchema = {
  type: 'object',
  properties: {
    people: {
      type: 'array',
      items: {
        ...publicProfileSchema,
        properties: { ...publicProfileSchema.properties, highlights: highlightsSchema },
        required: [...publicProfileSchema.required, 'highlights'],
      },
    },
    next: { type: ['string', 'null'], description: 'the cursor of the next page; null: this is the last' },
  },
  required: ['people', 'next'],
  additionalProperties: false,
} as const;
