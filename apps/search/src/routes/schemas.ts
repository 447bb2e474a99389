const line = { type: 'string', maxLength: 200 } as const;
const version = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER } as const;
const id = { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' } as const;

const fields = {
  name: { type: 'string', minLength: 1, maxLength: 200 },
  title: line,
  team: line,
  city: line,
  skills: { type: 'array', items: { type: 'string', maxLength: 60 }, maxItems: 50 },
  bio: { type: 'string', maxLength: 4_000 },
} as const;

export const idSchema = { type: 'object', properties: { id }, required: ['id'] } as const;

export const documentSchema = {
  type: 'object',
  properties: { version, ...fields },
  required: ['version', 'name', 'title', 'team', 'city', 'skills', 'bio'],
  additionalProperties: false,
} as const;

export const versionQuerySchema = {
  type: 'object',
  properties: { version: { type: 'string', pattern: '^[1-9][0-9]{0,14}$' } },
  required: ['version'],
  additionalProperties: false,
} as const;

/** The most changes that one request brings. */
export const MAX_CHANGES = 200;

export const changesSchema = {
  type: 'object',
  properties: {
    changes: {
      type: 'array',
      minItems: 1,
      maxItems: MAX_CHANGES,
      items: {
        type: 'object',
        properties: {
          id,
          version,
          document: {
            type: ['object', 'null'],
            properties: fields,
            required: ['name', 'title', 'team', 'city', 'skills', 'bio'],
            additionalProperties: false,
          },
        },
        required: ['id', 'version', 'document'],
        additionalProperties: false,
      },
    },
  },
  required: ['changes'],
  additionalProperties: false,
} as const;

export const writtenSchema = {
  type: 'object',
  properties: { id, version, applied: { type: 'boolean', description: 'false: a version as new or newer is stored' } },
  required: ['id', 'version', 'applied'],
  additionalProperties: false,
} as const;

export const changedSchema = {
  type: 'object',
  properties: { written: { type: 'array', items: writtenSchema } },
  required: ['written'],
  additionalProperties: false,
} as const;

export const searchQuerySchema = {
  type: 'object',
  properties: {
    q: { type: 'string', minLength: 1, maxLength: 200 },
    limit: { type: 'string', pattern: '^([1-9][0-9]?|100)$', description: '1 to 100, default 20' },
    cursor: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$', description: 'of the hit after which to go on' },
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

export const hitsSchema = {
  type: 'object',
  properties: {
    hits: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id,
          version,
          cursor: { type: 'string' },
          highlights: {
            type: 'object',
            properties: {
              name: fragments,
              title: fragments,
              team: fragments,
              city: fragments,
              skills: { type: 'array', items: fragments },
              bio: fragments,
            },
            additionalProperties: false,
          },
        },
        required: ['id', 'version', 'cursor', 'highlights'],
        additionalProperties: false,
      },
    },
  },
  required: ['hits'],
  additionalProperties: false,
} as const;
