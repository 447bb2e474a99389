import { protos, ServiceUsageClient } from '@google-cloud/service-usage';
import type { Said } from '../stories.ts';
import { inPages, nameIn, refusal, restAt } from './gax.ts';

type Service = protos.google.api.serviceusage.v1.IService;

/** The Service Usage API by @google-cloud/service-usage: what each step came to. */
export async function serviceUsageStory(url: string, project: string): Promise<Said> {
  const client = new ServiceUsageClient(restAt(url));
  const parent = `projects/${project}`;
  const nameOf = (api: string) => `${parent}/services/${api}.googleapis.com`;
  const enabled = () =>
    inPages<Service>(
      async (pageToken) => {
        const request = { parent, filter: 'state:ENABLED', pageSize: 2, pageToken };
        const [services, , answer] = await client.listServices(request, { autoPaginate: false });
        return [services, answer.nextPageToken];
      },
      ({ config }) => config?.name,
    );

  const name = nameOf('secretmanager');
  const before = shown((await client.getService({ name }))[0]);
  const [enabling] = await client.enableService({ name });
  const [{ service }] = await enabling.promise();
  const serviceIds = ['secretmanager.googleapis.com', 'firestore.googleapis.com'];
  const [batch] = await client.batchEnableServices({ parent, serviceIds });
  const [{ services = [] }] = await batch.promise();
  const [several] = await client.batchGetServices({ parent, names: [name, nameOf('firestore')] });
  const listed = await enabled();
  const [disabling] = await client.disableService({ name });
  const [disabled] = await disabling.promise();
  const said = {
    before,
    enabled: shown(service),
    batch: services?.map(shown).toSorted(),
    several: several.services?.map(shown).toSorted(),
    listed,
    disabled: shown(disabled.service),
    left: ((await enabled()).all as readonly string[]).includes('secretmanager.googleapis.com'),
    notEnabled: await refusal(client.disableService({ name })),
  };
  await client.close();
  return said;
}

function shown(service: Service | null | undefined): unknown[] {
  return [service?.config?.name, nameIn(protos.google.api.serviceusage.v1.State, service?.state)];
}
