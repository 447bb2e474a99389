import type { Cloud } from '@run-edges/emulator';

/** The container's own count of the requests that it has received, asked round the gate; asking counts too. */
export async function requestsSeen(cloud: Cloud, service: string): Promise<number> {
  const { containerUrl } = cloud.service(service);
  if (containerUrl === undefined) throw new Error(`${service} has no container`);
  const { requests } = (await (await fetch(`${containerUrl}/health/live`)).json()) as { requests: number };
  return requests;
}

/** What this action sends does not reach the service's container. */
export async function notReached<T>(cloud: Cloud, service: string, action: () => Promise<T>): Promise<T> {
  const before = await requestsSeen(cloud, service);
  const result = await action();
  const after = await requestsSeen(cloud, service);
  if (after !== before + 1) throw new Error(`${after - before - 1} request(s) reached ${service}'s container`);
  return result;
}

/** user-profiles feeds the index in the background: wait until it has nothing more to tell. */
export async function indexFed(cloud: Cloud): Promise<void> {
  const { containerUrl } = cloud.service('user-profiles');
  for (let left = 600; left > 0; left--) {
    const { pending } = (await (await fetch(`${containerUrl}/health/ready`)).json()) as { pending: number };
    if (pending === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the index was not fed within 30 s');
}
