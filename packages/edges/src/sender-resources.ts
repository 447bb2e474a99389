import { checkText } from './check-declaration.ts';
import type { Sender } from './declaration.ts';
import { serviceAccountEmail } from './identity.ts';

/** Where what belongs to senders is. */
export interface SenderPlace {
  readonly projectId: string;
  readonly region: string;
}

/**
 * The full name of what makes a sender call: `projects/P/topics/T` of Pub/Sub and of Eventarc where it listens to a topic,
 * `projects/P/locations/R/queues/Q` of Cloud Tasks. Undefined where nobody can make it call.
 */
export function sourceOf(sender: Sender, { projectId, region }: SenderPlace): string | undefined {
  checkText(projectId, 'projectId');
  checkText(region, 'region');
  const { project = projectId, pubsub, tasks, eventarc } = sender;
  const topic = pubsub?.topic ?? eventarc?.topic;
  if (topic !== undefined) return topicName(topic, project);
  return tasks === undefined ? undefined : `projects/${project}/locations/${region}/queues/${tasks.queue}`;
}

/** `projects/P/topics/T` of a topic as it is declared: its id, or that name already. */
export function topicName(topic: string, projectId: string): string {
  checkText(topic, 'topic');
  return topic.startsWith('projects/') ? topic : `projects/${projectId}/topics/${topic}`;
}

/** The e-mail of a sender's account. */
export function senderAccount({ serviceAccount, project }: Sender, projectId: string): string {
  return serviceAccountEmail(serviceAccount, project ?? projectId);
}
