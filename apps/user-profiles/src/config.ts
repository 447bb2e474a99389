import { commonVariables, type FromSchema, urlVariable } from '@run-edges/service';

export const configSchema = {
  type: 'object',
  properties: {
    ...commonVariables,
    SERVICE_URL: { ...urlVariable, description: 'the URL of this service, the audience of its callers' },
    SEARCH_URL: {
      ...urlVariable,
      description: 'the URL of search; derived from the call user-profiles -> search, without which it is absent',
    },
    LOGIN_URL: { ...urlVariable, description: 'the URL of login, which publishes the keys of user tokens' },
    ALLOWED_CALLERS: {
      type: 'string',
      default: '',
      description: 'e-mail addresses of the service accounts that may call, joined by commas',
    },
    GOOGLE_CERTS_URL: {
      ...urlVariable,
      default: 'https://www.googleapis.com/oauth2/v3/certs',
      description: "where Google's public keys are, as a JWK set",
    },
    DEMO_PEOPLE: {
      type: 'integer',
      minimum: 0,
      maximum: 1_000_000,
      default: 0,
      description: 'how many people to make up when the store is empty',
    },
    DEMO_EMAIL: {
      type: 'string',
      maxLength: 254,
      default: 'demo@people.example',
      description: 'the e-mail address of the first of them',
    },
  },
  required: [
    'PORT',
    'LOG_LEVEL',
    'PLAIN_HTTP_HOSTS',
    'SERVICE_URL',
    'ALLOWED_CALLERS',
    'GOOGLE_CERTS_URL',
    'DEMO_PEOPLE',
    'DEMO_EMAIL',
  ],
} as const;

export type Config = FromSchema<typeof configSchema>;
