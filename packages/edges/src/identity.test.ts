import { expect, it } from 'vitest';
import { deterministicUrl, imageRepository, serviceAccountEmail, urlVariable } from './identity.ts';

it('makes the e-mail of a service account', () => {
  expect(serviceAccountEmail('login-run', 'my-project')).toBe('login-run@my-project.iam.gserviceaccount.com');
});

it.each([
  ['example.com:app', 'login-run@app.example.com.iam.gserviceaccount.com'],
  ['google.com:my-project', 'login-run@my-project.google.com.iam.gserviceaccount.com'],
  ['eu.example.co.uk:app-1', 'login-run@app-1.eu.example.co.uk.iam.gserviceaccount.com'],
])('makes that of one in the project %s of a domain', (project, email) => {
  expect(serviceAccountEmail('login-run', project)).toBe(email);
});

it('knows where images are, in a project of a domain, too', () => {
  expect(imageRepository('my-project', 'europe-west1')).toBe('europe-west1-docker.pkg.dev/my-project/run-edges');
  expect(imageRepository('example.com:app', 'us-central1')).toBe(
    'us-central1-docker.pkg.dev/example.com/app/run-edges',
  );
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
