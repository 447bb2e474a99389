import { Ajv, type ValidateFunction } from 'ajv';

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const texts = { type: 'array', items: text };
const map = (items: object) => ({ type: 'object', additionalProperties: items });
const list = (items: object) => ({ type: 'array', items });
const orNull = (one: object) => ({ anyOf: [{ type: 'null' }, one] });

function object(properties: Readonly<Record<string, object>>, optional: Readonly<Record<string, object>> = {}) {
  return { type: 'object', required: Object.keys(properties), properties: { ...properties, ...optional } };
}

const binding = object({ role: text, members: texts }, { condition: object({ expression: text }) });
const account = object({ email: text, uniqueId: text, displayName: text, description: text });
const knative = object({
  metadata: object({ name: text }, { annotations: map(text), labels: map(text) }),
  spec: { type: 'object' },
});

/** What a state file must hold for the rest to read it without a fall. What stands deeper is checked where it is used. */
const schema = object(
  {
    version: { const: 1 },
    keys: object({
      signing: { type: 'object' },
      next: { type: 'object' },
      retired: list(object({ key: { type: 'object' }, at: { type: 'number' } })),
    }),
    accountKeys: list(
      object(
        { keyId: text, email: text, publicKey: text },
        { validAfter: { type: 'number' }, disabled: { type: 'boolean' }, certificate: text },
      ),
    ),
    policies: list(object({ resource: text, bindings: list(binding), declared: list(binding) })),
  },
  {
    accounts: object(
      { accounts: list(account), deleted: map(count) },
      { gone: list(object({ account, at: { type: 'number' } })) },
    ),
    apis: texts,
    roles: list(
      object(
        { id: text, title: text, description: text, stage: text, includedPermissions: texts, etag: text },
        { deleted: { type: 'number' } },
      ),
    ),
    pools: object({ pools: map({ type: 'object' }), providers: list({ type: 'object' }) }),
    services: list(
      object({
        name: text,
        deployed: orNull(object({ service: knative, revisions: list(knative) })),
        declared: orNull({ type: 'object' }),
      }),
    ),
  },
);

let validate: ValidateFunction | undefined;

/** Why a value is no state, or undefined. */
export function stateProblem(value: unknown): string | undefined {
  validate ??= new Ajv({ strict: false, meta: false, validateSchema: false }).compile(schema);
  if (validate(value)) return undefined;
  const [error] = validate.errors ?? [];
  return `${error?.instancePath || 'the whole'} ${error?.message ?? 'is not understood'}`;
}
