import { isRecord } from '../../internal/check-settings.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';

/** A message as it is kept. */
export interface Message {
  /** Base64. */
  readonly data: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageId: string;
  /** RFC 3339. */
  readonly publishTime: string;
  readonly orderingKey: string;
}

export type SentMessage = Pick<Message, 'data' | 'attributes' | 'orderingKey'>;

/** Of one call: messages, and bytes. @see https://docs.cloud.google.com/pubsub/quotas#resource_limits */
const MOST_MESSAGES = 1000;
const MOST_BYTES = 10_000_000;
const MOST_ATTRIBUTES = 100;
const LONGEST = { key: 256, value: 1024, orderingKey: 1024 } as const;

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** @throws GoogleError INVALID_ARGUMENT */
export function readMessages(sent: unknown): readonly SentMessage[] {
  if (!Array.isArray(sent) || sent.length === 0)
    throw invalid('The value for message_count is too small: there are no messages.');
  if (sent.length > MOST_MESSAGES)
    throw invalid(
      `The value for message_count is too large. You passed ${sent.length} in the request, but the maximum value is ${MOST_MESSAGES}.`,
    );
  const messages = sent.map(readMessage);
  const bytes = messages.reduce((sum, one) => sum + sizeOf(one), 0);
  if (bytes > MOST_BYTES)
    throw invalid(
      `The value for request_size is too large. You passed ${bytes} in the request, but the maximum value is ${MOST_BYTES}.`,
    );
  return messages;
}

function readMessage(sent: unknown): SentMessage {
  if (!isRecord(sent)) throw invalid('A message is an object.');
  const unknown = Object.keys(sent).find((name) => !FIELDS.has(name));
  if (unknown !== undefined)
    throw invalid(`Invalid JSON payload received. Unknown name "${unknown}" at 'messages': Cannot find field.`);
  const data = sent.data ?? '';
  const orderingKey = sent.orderingKey ?? '';
  const attributes = sent.attributes ?? {};
  if (typeof data !== 'string' || !BASE64.test(data)) throw invalid("Invalid value at 'messages.data': it is base64.");
  if (typeof orderingKey !== 'string' || Buffer.byteLength(orderingKey) > LONGEST.orderingKey)
    throw invalid(`An ordering key is a text of at most ${LONGEST.orderingKey} bytes.`);
  if (!isRecord(attributes)) throw invalid('Attributes are an object with texts.');
  const all = Object.entries(attributes);
  if (all.length > MOST_ATTRIBUTES) throw invalid(`A message has at most ${MOST_ATTRIBUTES} attributes.`);
  for (const [key, value] of all) checkAttribute(key, value);
  if (data === '' && all.length === 0)
    throw invalid('A message must contain either non-empty data or at least one attribute.');
  return {
    data: Buffer.from(data, 'base64').toString('base64'),
    attributes: attributes as SentMessage['attributes'],
    orderingKey,
  };
}

const FIELDS: ReadonlySet<string> = new Set(['data', 'attributes', 'orderingKey', 'messageId', 'publishTime']);

function checkAttribute(key: string, value: unknown): void {
  if (key === '' || key.startsWith('goog') || Buffer.byteLength(key) > LONGEST.key)
    throw invalid(`The key of an attribute has 1 to ${LONGEST.key} bytes and does not begin with goog.`);
  if (typeof value !== 'string' || Buffer.byteLength(value) > LONGEST.value)
    throw invalid(`The value of an attribute is a text of at most ${LONGEST.value} bytes.`);
}

function sizeOf({ data, attributes, orderingKey }: SentMessage): number {
  const attributeBytes = Object.entries(attributes)
    .flat()
    .reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return Buffer.byteLength(data, 'base64') + attributeBytes + Buffer.byteLength(orderingKey);
}

function invalid(message: string): GoogleError {
  return new GoogleError('INVALID_ARGUMENT', message);
}
