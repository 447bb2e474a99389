import { commonVariables, type FromSchema, urlVariable } from '@run-edges/service';

export const configSchema = {
  type: 'object',
  properties: {
    ...commonVariables,
    SERVICE_URL: { ...urlVariable, description: 'the URL of this service, the audience of its callers' },
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
  },
  required: ['PORT', 'LOG_LEVEL', 'PLAIN_HTTP_HOSTS', 'SERVICE_URL', 'ALLOWED_CALLERS', 'GOOGLE_CERTS_URL'],
} as const;

export type Config = FromSchema<typeof configSchema>;
