/** The URL of a service's gate on the networks of those who may call it. */
export function networkUrl(service: string, port: number): string {
  return port === 80 ? `http://${service}` : `http://${service}:${port}`;
}
