import { checkText } from './check-declaration.ts';

/**
 * The e-mail of a service account: `login-run@my-project.iam.gserviceaccount.com`, or in a project of a domain,
 * `example.com:app`, `login-run@app.example.com.iam.gserviceaccount.com`.
 * https://docs.cloud.google.com/iam/docs/service-account-types#user-managed
 */
export function serviceAccountEmail(accountId: string, projectId: string): string {
  checkText(accountId, 'accountId');
  return `${accountId}@${serviceAccountDomain(projectId)}`;
}

/** What stands behind the `@` of the e-mails of a project's service accounts. */
export function serviceAccountDomain(projectId: string): string {
  checkText(projectId, 'projectId');
  return `${projectId.split(':').toReversed().join('.')}.iam.gserviceaccount.com`;
}

/**
 * Where a project's images are: `europe-west1-docker.pkg.dev/my-project/run-edges`. The colon of a project of a domain is a
 * slash there. https://docs.cloud.google.com/artifact-registry/docs/docker/names
 */
export function imageRepository(projectId: string, region: string): string {
  checkText(projectId, 'projectId');
  checkText(region, 'region');
  return `${region}-docker.pkg.dev/${projectId.replace(':', '/')}/run-edges`;
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
export function urlVariable(receiver: string): string {
  return `${variableOf(receiver)}_URL`;
}

/** The one that holds the audience of a receiver that others own, where it is not the URL: `PAYMENTS_AUDIENCE`. */
export function audienceVariable(receiver: string): string {
  return `${variableOf(receiver)}_AUDIENCE`;
}

/** What a sender's receiver, or who makes it call, is told of it: `WELCOME_QUEUE`. */
export type SenderFact = 'ACCOUNT' | 'TOPIC' | 'QUEUE' | 'URL' | 'AUDIENCE';

export function senderVariable(sender: string, fact: SenderFact): string {
  return `${variableOf(sender)}_${fact}`;
}

function variableOf(receiver: string): string {
  checkText(receiver, 'receiver');
  return receiver.toUpperCase().replaceAll('-', '_');
}
