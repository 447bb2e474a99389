import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { edgesFile } from '../support/repository.ts';
import { toolEnv } from '../support/tool-env.ts';
import { type Gcloud, gcloudWith } from './gcloud.ts';

/** An empty project in an emulator, its APIs enabled, and gcloud, signed in as its developer. */
export interface Setting extends AsyncDisposable {
  readonly cloud: Cloud;
  readonly gcloud: Gcloud;
  /** What gcloud has as its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** A folder of one's own, gone at the end. */
  readonly folder: string;
  /** The answer of the emulator's API, also where it refuses. @param request `GET /v1/...` */
  ask(request: string): Promise<object>;
}

/**
 * @param images that may be deployed: an app that runs answers for each
 * @param others images, each with the folder or the address of its app
 */
export async function startSetting(
  images: readonly string[],
  others: Readonly<Record<string, string>> = {},
): Promise<Setting> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'run-edges-gcloud-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const app = createServer((_request, response) => response.end('app')).listen(0, '127.0.0.1');
  started.defer(() => void app.close());
  await once(app, 'listening');
  const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  const mapped = { ...Object.fromEntries(images.map((image) => [image, url])), ...others };
  const cloud = started.use(await startEmulator({ edges: edgesFile, deployed: false, images: mapped }));

  const options = ['--target', cloud.url, '--folder', join(folder, 'developer')];
  const env = { ...(await toolEnv(options, { RUN_EDGES_TOKEN: cloud.developerToken })), HOME: folder };
  const gcloud = gcloudWith(env);
  const { code, stderr } = await gcloud.run(['services', 'enable', 'run.googleapis.com', 'iam.googleapis.com']);
  if (code !== 0) throw new Error(stderr);
  const { stdout: token } = await gcloud.run(['auth', 'print-access-token']);
  const headers = { authorization: `Bearer ${token.trim()}` };
  const owned = started.move();
  return {
    cloud,
    gcloud,
    env,
    folder,
    async ask(request) {
      const [method = '', path = ''] = request.split(' ');
      const response = await fetch(`${cloud.url}${path}`, { method, headers });
      return (await response.json()) as object;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
