import { describe, expect, test } from 'vitest';
import { ConfigError, commonVariables, readConfig, urlVariable } from './load-config.ts';

const schema = {
  type: 'object',
  properties: {
    ...commonVariables,
    SERVICE_URL: { ...urlVariable, description: 'the own URL' },
    PEOPLE: { type: 'integer', minimum: 0, description: 'how many people' },
  },
  required: ['PORT', 'SERVICE_URL'],
} as const;

function mistakes(environment: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(schema, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}

describe('readConfig', () => {
  test('converts, fills in defaults and drops the rest of the environment', () => {
    expect(readConfig(schema, { SERVICE_URL: 'http://127.0.0.1:8083', PEOPLE: '200', HOME: '/root' })).toEqual({
      PORT: 8080,
      LOG_LEVEL: 'info',
      PLAIN_HTTP_HOSTS: '',
      SERVICE_URL: 'http://127.0.0.1:8083',
      PEOPLE: 200,
    });
  });

  test('one line for every mistake, each with what the variable is for', () => {
    expect(mistakes({ PORT: 'http', PEOPLE: '-1', LOG_LEVEL: 'loud' })).toEqual([
      'the environment variable SERVICE_URL is missing: the own URL',
      'the environment variable PORT must be integer: the port to listen on',
      expect.stringContaining('LOG_LEVEL must be equal to one of the allowed values (trace, debug,'),
      'the environment variable PEOPLE must be >= 0: how many people',
    ]);
  });

  test.each([
    ...[
      'ftp://host',
      'host:80',
      'http://',
      'http:///x',
      ' http://x',
      'http://[',
      'http://%',
      'http://a b',
      'http://u:p@x',
    ],
    ...['http://x:99999', 'http://x\n', 'http://x\u202e', 'javascript:alert(1)', 'http:x'],
  ])('%j is no URL', (url) => {
    expect(mistakes({ SERVICE_URL: url })).toHaveLength(1);
  });

  test.each(['1e1', '0x10', ' 80', '80 ', '+80', '080', '8080abc', '65536', '-1', '1.0', '٣', 'NaN', '9'.repeat(400)])(
    '%j is no port',
    (PORT) => {
      expect(mistakes({ SERVICE_URL: 'http://x', PORT })).toHaveLength(1);
    },
  );

  test('empty counts as absent', () => {
    expect(mistakes({ SERVICE_URL: '' })).toEqual(['the environment variable SERVICE_URL is missing: the own URL']);
  });

  test('a message never quotes the value', () => {
    expect(mistakes({ SERVICE_URL: 'hunter2' }).join()).not.toContain('hunter2');
  });
});
