import { type Caller, findCaller, memberOf } from './callers.ts';
import { checkDeclaration, checkText } from './check-declaration.ts';
import type { Declaration, Sender } from './declaration.ts';
import { senderAccount, topicName } from './sender-resources.ts';

/** What somebody needs so that a sender calls. */
export interface SourceGrant {
  readonly on: 'topic' | 'subscription' | 'queue' | 'account' | 'project';
  /** Id of the topic, subscription or queue, e-mail of the account, or the project. */
  readonly name: string;
  readonly role: string;
  readonly member: string;
}

const PUBLISHER = 'roles/pubsub.publisher';

/**
 * Who may make the senders of a project call, each grant once: those in `from` publish to the topic, or put tasks into the
 * queue and act as the account. And what Google's side needs: Pub/Sub itself, of what it moves to a dead letter topic; the
 * account of a trigger. What is in another project is granted there.
 * https://docs.cloud.google.com/pubsub/docs/dead-letter-topics#granting_forwarding_permissions
 * https://docs.cloud.google.com/tasks/docs/creating-http-target-tasks#sa
 * https://docs.cloud.google.com/eventarc/docs/run/roles-permissions
 */
export function sourceGrants(
  declaration: Declaration,
  project: { readonly id: string; readonly number: string },
): readonly SourceGrant[] {
  checkDeclaration(declaration);
  checkText(project?.id, 'project.id');
  checkText(project.number, 'project.number');
  const own = (declaration.senders ?? []).filter((sender) => (sender.project ?? project.id) === project.id);
  const grants = own.flatMap((sender) => [
    ...sender.from.flatMap((name) => {
      const member = memberOf(findCaller(declaration, name) as Caller, project.id);
      return fromGrants(sender, project.id).map((grant) => ({ ...grant, member }));
    }),
    ...agentGrants(sender, project),
  ]);
  return [...new Map(grants.map((grant) => [JSON.stringify(grant), grant])).values()];
}

function fromGrants(sender: Sender, projectId: string): Omit<SourceGrant, 'member'>[] {
  const { pubsub, eventarc, tasks } = sender;
  const topic = ownTopic(pubsub?.topic ?? eventarc?.topic, projectId);
  return [
    ...(topic === undefined ? [] : [{ on: 'topic' as const, name: topic, role: PUBLISHER }]),
    ...(tasks === undefined
      ? []
      : [
          { on: 'queue' as const, name: tasks.queue, role: 'roles/cloudtasks.enqueuer' },
          { on: 'account' as const, name: senderAccount(sender, projectId), role: 'roles/iam.serviceAccountUser' },
        ]),
  ];
}

function agentGrants(sender: Sender, { id, number }: { readonly id: string; readonly number: string }): SourceGrant[] {
  const { pubsub, eventarc } = sender;
  const member = `serviceAccount:service-${number}@gcp-sa-pubsub.iam.gserviceaccount.com`;
  const dead = ownTopic(pubsub?.deadLetter?.topic, id);
  return [
    ...(dead === undefined ? [] : [{ on: 'topic' as const, name: dead, role: PUBLISHER, member }]),
    ...(pubsub?.deadLetter === undefined
      ? []
      : [{ on: 'subscription' as const, name: pubsub.subscription, role: 'roles/pubsub.subscriber', member }]),
    ...(eventarc === undefined
      ? []
      : [
          {
            ...{ on: 'project' as const, name: id, role: 'roles/eventarc.eventReceiver' },
            member: `serviceAccount:${senderAccount(sender, id)}`,
          },
        ]),
  ];
}

/** The id of a topic, where it is one of the project's. */
function ownTopic(topic: string | undefined, projectId: string): string | undefined {
  if (topic === undefined) return undefined;
  const name = topicName(topic, projectId);
  return name.startsWith(`projects/${projectId}/`) ? name.slice(name.lastIndexOf('/') + 1) : undefined;
}
