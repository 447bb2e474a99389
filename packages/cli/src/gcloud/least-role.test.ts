import { describe, expect, test } from 'vitest';
import { leastRole, permissionToRead } from './least-role.ts';

describe('a read that is refused takes the least role', () => {
  test.each([
    [['projects', 'get-iam-policy', 'demo'], 'roles/browser'],
    [['projects', 'get-ancestors', 'demo'], 'roles/browser'],
    [['resource-manager', 'folders', 'get-iam-policy', '1'], 'roles/iam.securityReviewer'],
    [['organizations', 'get-iam-policy', '1'], 'roles/iam.securityReviewer'],
    [['iam', 'service-accounts', 'list'], 'roles/iam.serviceAccountViewer'],
    [['iam', 'service-accounts', 'get-iam-policy', 'a@b'], 'roles/iam.serviceAccountViewer'],
    [['iam', 'service-accounts', 'keys', 'list'], 'roles/iam.serviceAccountViewer'],
    [['iam', 'roles', 'describe', 'own'], 'roles/iam.roleViewer'],
    [['run', 'services', 'list'], 'roles/run.viewer'],
    [['run', 'services', 'get-iam-policy', 'login'], 'roles/run.viewer'],
    [['beta', 'run', 'worker-pools', 'list'], 'roles/run.viewer'],
    [['services', 'list'], 'roles/serviceusage.serviceUsageViewer'],
    [['secrets', 'get-iam-policy', 'database'], 'roles/secretmanager.viewer'],
    [['artifacts', 'repositories', 'list'], 'roles/artifactregistry.reader'],
  ])('gcloud %j: %s', (words, role) => {
    expect(leastRole(permissionToRead(words.join(' ')))).toBe(role);
  });
});

test.each([
  ['run.services.create', 'roles/run.admin'],
  ['run.services.setIamPolicy', 'roles/run.admin'],
  ['iam.serviceaccounts.actAs', 'roles/iam.serviceAccountUser'],
  ['iam.serviceAccounts.setIamPolicy', 'roles/iam.serviceAccountAdmin'],
  ['iam.serviceAccountKeys.delete', 'roles/iam.serviceAccountKeyAdmin'],
  ['resourcemanager.projects.setIamPolicy', 'roles/resourcemanager.projectIamAdmin'],
  ['secretmanager.secrets.setIamPolicy', 'roles/secretmanager.admin'],
  ['somewhere.else.get', 'roles/owner'],
  [undefined, 'roles/owner'],
])('who would change with %s takes %s', (permission, role) => {
  expect(leastRole(permission)).toBe(role);
});

test.each(['run deploy login', 'iam service-accounts create x', 'run services listen', 'projects'])(
  'gcloud %s is no read that is known',
  (command) => {
    expect(permissionToRead(command)).toBeUndefined();
  },
);
