import { checkText } from './check-declaration.ts';

/** The e-mail of a service account: `login-run@my-project.iam.gserviceaccount.com`. */
export function serviceAccountEmail(accountId: string, projectId: string): string {
  checkText(accountId, 'accountId');
  checkText(projectId, 'projectId');
  return `${accountId}@${projectId}.iam.gserviceaccount.com`;
}

/**
 * The URL that a Cloud Run service has before it exists, so that others can be told of it in one deployment:
 * `https://login-123456789012.europe-west1.run.app`.
 * https://cloud.google.com/run/docs/triggering/https-request#deterministic
 */
export function deterministicUrl(service: string, project: { number: string; region: string }): string {
  checkText(service, 'service');
  checkText(project?.number, 'project.number');
  checkText(project.region, 'project.region');
  return `https://${service}-${project.number}.${project.region}.run.app`;
}

/** The environment variable that holds a receiver's URL: `user-profiles` is `USER_PROFILES_URL`. */
export function urlVariable(service: string): string {
  checkText(service, 'service');
  return `${service.toUpperCase().replaceAll('-', '_')}_URL`;
}
