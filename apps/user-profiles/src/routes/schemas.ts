import { COLOURS } from '../store/store.ts';

const line = { type: 'string', maxLength: 200, default: '' } as const;

/** What a person may write of themselves. */
export const profileSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 200, pattern: '\\S' },
    title: line,
    team: line,
    city: line,
    skills: { type: 'array', items: { type: 'string', maxLength: 60, pattern: '\\S' }, maxItems: 50, default: [] },
    bio: { type: 'string', maxLength: 4_000, default: '' },
    colour: { type: 'string', enum: COLOURS, default: 'slate' },
    hidden: { type: 'boolean', default: false },
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

export const personParamsSchema = {
  type: 'object',
  properties: { id: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' } },
  required: ['id'],
} as const;

export const findQuerySchema = {
  type: 'object',
  properties: {
    q: { type: 'string', minLength: 1, maxLength: 200 },
    limit: { type: 'string', pattern: '^([1-9][0-9]?|100)$', description: '1 to 100' },
  },
  required: ['q'],
  additionalProperties: false,
} as const;
