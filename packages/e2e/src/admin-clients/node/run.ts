import { protos, RevisionsClient, ServicesClient } from '@google-cloud/run';
import type { Said } from '../stories.ts';
import { inPages, nameIn, refusal, restAt } from './gax.ts';

const { State } = protos.google.cloud.run.v2.Condition;

/** Cloud Run's v2 API by @google-cloud/run: what each step came to. */
export async function runStory(url: string, project: string, region: string): Promise<Said> {
  const services = new ServicesClient(restAt(url));
  const revisions = new RevisionsClient(restAt(url));
  const parent = `projects/${project}/locations/${region}`;
  const name = `${parent}/services/books`;
  const template = (image: string) => ({
    serviceAccount: `search-run@${project}.iam.gserviceaccount.com`,
    containers: [{ image }],
  });
  const create = () =>
    services.createService({
      parent,
      serviceId: 'books',
      service: {
        template: template('search'),
        ingress: 'INGRESS_TRAFFIC_ALL',
        labels: { team: 'books' },
        description: 'lends books',
      },
    });
  const update = (change: object, path: string) =>
    services.updateService({ service: { name, ...change }, updateMask: { paths: [path] } });

  const [creating] = await create();
  const [created] = await creating.promise();
  const exists = await refusal(create());
  const listed = await inPages(
    async (pageToken) => {
      const [page, , answer] = await services.listServices({ parent, pageSize: 1, pageToken }, { autoPaginate: false });
      return [page, answer.nextPageToken];
    },
    (service) => service.name,
  );
  const noPage = await refusal(services.listServices({ parent, pageToken: 'nobody-gave-this' }));

  const [masking] = await update({ labels: { team: 'loans' } }, 'labels');
  const [masked] = await masking.promise();
  const noField = await refusal(update({ labels: {} }, 'shelves'));
  const [updating] = await update({ template: template('login') }, 'template');
  const [updated] = await updating.promise();
  const [failing] = await update({ template: template('nothing') }, 'template');
  const failed = await failing.promise().then(
    () => undefined,
    ({ message }: Error) => message,
  );

  const ofService = await inPages(
    async (pageToken) => {
      const request = { parent: name, pageSize: 1, pageToken };
      const [page, , answer] = await revisions.listRevisions(request, { autoPaginate: false });
      return [page, answer.nextPageToken];
    },
    (revision) => revision.name,
  );
  const [first = '', ...later] = ofService.all as readonly string[];
  const [deleting] = await revisions.deleteRevision({ name: first });
  await deleting.promise();
  const revisionDeleted = await refusal(revisions.getRevision({ name: first }));

  const [policy] = await services.getIamPolicy({ resource: name });
  const members = [`serviceAccount:login-run@${project}.iam.gserviceaccount.com`];
  const bindings = [...(policy.bindings ?? []), { role: 'roles/run.invoker', members }];
  await services.setIamPolicy({ resource: name, policy: { ...policy, bindings } });
  const [now] = await services.getIamPolicy({ resource: name });
  const permissions = ['run.services.get', 'run.routes.invoke'];
  const [held] = await services.testIamPermissions({ resource: name, permissions });

  const [goingAway] = await services.deleteService({ name });
  await goingAway.promise();
  const deleted = await refusal(services.getService({ name }));
  await Promise.all([services.close(), revisions.close()]);
  return {
    created: [
      created.name,
      stateOf(created.terminalCondition?.state),
      nameIn(protos.google.cloud.run.v2.IngressTraffic, created.ingress),
    ],
    exists,
    listed,
    noPage,
    masked: [masked.labels?.team, masked.description],
    noField,
    updated: updated.template?.containers?.map(({ image }) => image),
    failed,
    revisions: 1 + later.length,
    revisionDeleted,
    invokers: now.bindings?.flatMap((binding) => binding.members),
    held: held.permissions?.toSorted(),
    deleted,
  };
}

function stateOf(state: keyof typeof State | (typeof State)[keyof typeof State] | null | undefined): unknown {
  return typeof state === 'number' ? State[state] : state;
}
