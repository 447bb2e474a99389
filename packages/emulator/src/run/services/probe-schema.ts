const whole = { type: 'integer' };
const text = { type: 'string' };

function object(properties: Record<string, object>, required: readonly string[] = []): object {
  return { type: 'object', properties, required, additionalProperties: false };
}

/**
 * A health check on the wire, alike in v1 and v2. What Cloud Run does not support of Kubernetes' probes is read, to be
 * refused by its name.
 */
export const probeSchema: object = object({
  initialDelaySeconds: whole,
  timeoutSeconds: whole,
  periodSeconds: whole,
  failureThreshold: whole,
  successThreshold: whole,
  httpGet: object({
    path: text,
    port: whole,
    httpHeaders: { type: 'array', items: object({ name: text, value: text, port: whole }, ['name']), maxItems: 100 },
    host: text,
    scheme: text,
  }),
  tcpSocket: object({ port: whole, host: text }),
  grpc: object({ port: whole, service: text }),
  exec: {},
});
