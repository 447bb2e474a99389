import { sendableHeaders } from '../send.ts';
import type { Outgoing, Task } from '../task.ts';
import type { Message } from './read-messages.ts';
import type { PushConfig, Subscription } from './resources.ts';

/** What Google's push sends beside the token. */
const HEADERS = {
  accept: 'application/json',
  'accept-encoding': 'gzip, deflate, br',
  from: 'noreply@google.com',
  'user-agent': 'APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)',
} as const;

/**
 * A push of a message: wrapped in JSON, or its data alone.
 * @param more headers of another kind of sender that stands on this one
 * @see https://docs.cloud.google.com/pubsub/docs/push#receive_push
 * @see https://docs.cloud.google.com/pubsub/docs/payload-unwrapping
 */
export function pushRequest(
  subscription: Subscription & { readonly pushConfig: PushConfig },
  task: Task,
  more: Readonly<Record<string, string>> = {},
): Outgoing {
  const { pushConfig, ackDeadlineSeconds } = subscription;
  const { pushEndpoint, oidcToken, noWrapper } = pushConfig;
  const message = task.body as Message;
  const { headers, body } =
    noWrapper === undefined ? wrapped(subscription, message, task) : unwrapped(subscription, message, noWrapper);
  return {
    url: pushEndpoint,
    method: 'POST',
    headers: { ...headers, ...HEADERS, ...more },
    body,
    oidc: oidcToken && {
      serviceAccountEmail: oidcToken.serviceAccountEmail,
      // The URL as it stands: with a query no service takes it.
      audience: oidcToken.audience || pushEndpoint,
    },
    deadline: ackDeadlineSeconds * 1000,
  };
}

interface Content {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Names in both spellings, as Google sends them. */
function wrapped({ name, deadLetterPolicy }: Subscription, message: Message, { attempts }: Task): Content {
  const { data, attributes, messageId, publishTime, orderingKey } = message;
  const body = {
    ...(deadLetterPolicy === undefined ? {} : { deliveryAttempt: attempts }),
    message: {
      ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
      ...(data === '' ? {} : { data }),
      messageId,
      message_id: messageId,
      ...(orderingKey === '' ? {} : { orderingKey }),
      publishTime,
      publish_time: publishTime,
    },
    subscription: name,
  };
  return { headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) };
}

function unwrapped({ name }: Subscription, message: Message, { writeMetadata }: { writeMetadata?: boolean }): Content {
  const { data, attributes, messageId, publishTime, orderingKey } = message;
  const body = Buffer.from(data, 'base64');
  if (writeMetadata !== true) return { headers: {}, body };
  const { authorization: _none, ...asked } = sendableHeaders(attributes);
  return {
    headers: {
      ...asked,
      'x-goog-pubsub-subscription-name': name,
      'x-goog-pubsub-message-id': messageId,
      'x-goog-pubsub-publish-time': publishTime,
      ...(orderingKey === '' ? {} : sendableHeaders({ 'x-goog-pubsub-ordering-key': orderingKey })),
    },
    body,
  };
}
