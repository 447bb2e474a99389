import { commonVariables, type FromSchema, urlVariable } from '@run-edges/service';

export const configSchema = {
  type: 'object',
  properties: {
    ...commonVariables,
    SERVICE_URL: { ...urlVariable, description: 'the URL of this service; cookies are secure when it is https' },
    USER_PROFILES_URL: {
      ...urlVariable,
      description: 'the URL of user-profiles; derived from the call login -> user-profiles, without which it is absent',
    },
    DEMO_EMAIL: { type: 'string', maxLength: 254, description: "the e-mail address of the demo person's account" },
    DEMO_PASSWORD: { type: 'string', maxLength: 1_000, description: "the password of the demo person's account" },
  },
  required: ['PORT', 'LOG_LEVEL', 'PLAIN_HTTP_HOSTS', 'SERVICE_URL'],
} as const;

export type Config = FromSchema<typeof configSchema>;
