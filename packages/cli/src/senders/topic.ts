import { MANAGED_BY } from '../deployment/managed-by.ts';
import { list, object, shape, text } from '../shape.ts';
import { idOf, type Kind, type LiveResource, ofProject } from './kind.ts';

const topics = shape<{ name: string; labels?: Record<string, string> }[]>(
  list(object({ name: text }, { labels: { type: 'object', additionalProperties: text } })),
);

/** https://docs.cloud.google.com/sdk/gcloud/reference/pubsub/topics */
export const topic: Kind = {
  api: 'pubsub.googleapis.com',
  find: async (gcloud, at) => {
    const all = await gcloud.json(['pubsub', 'topics', 'list', ofProject(at)], topics);
    return all.map(
      ({ name, labels }): LiveResource => ({
        kind: 'topic',
        name: idOf(name),
        flags: {},
        managedBy: labels?.['managed-by'] ?? '',
      }),
    );
  },
  create: ({ name }, at) => ['pubsub', 'topics', 'create', name, `--labels=managed-by=${MANAGED_BY}`, ofProject(at)],
  remove: (name, at) => ['pubsub', 'topics', 'delete', name, '--quiet', ofProject(at)],
  fixed: [],
};
