import { expect, it } from 'vitest';
import { deterministicUrl, serviceAccountEmail, urlVariable } from './identity.ts';

it('makes the e-mail of a service account', () => {
  expect(serviceAccountEmail('login-run', 'my-project')).toBe('login-run@my-project.iam.gserviceaccount.com');
});

it('makes the URL that a service has before it exists', () => {
  const url = deterministicUrl('user-profiles', { number: '123456789012', region: 'europe-west1' });
  expect(url).toBe('https://user-profiles-123456789012.europe-west1.run.app');
});

it.each([
  ['login', 'LOGIN_URL'],
  ['user-profiles', 'USER_PROFILES_URL'],
  ['a-b-c2', 'A_B_C2_URL'],
])('keeps the URL of %s in %s', (service, variable) => {
  expect(urlVariable(service)).toBe(variable);
});
