import { MESSAGE_PUBLISHED } from '@run-edges/edges';
import type { Message } from '../pubsub/read-messages.ts';

/**
 * What makes a push an event: a CloudEvent whose attributes are headers, and whose data is the push's body.
 * @see https://docs.cloud.google.com/eventarc/docs/cloudevents
 */
export function cloudEventHeaders(topic: string, { messageId, publishTime }: Message): Record<string, string> {
  return {
    'ce-id': messageId,
    'ce-source': `//pubsub.googleapis.com/${topic}`,
    'ce-specversion': '1.0',
    'ce-type': MESSAGE_PUBLISHED,
    'ce-time': publishTime,
  };
}
