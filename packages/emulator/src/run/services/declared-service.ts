import { imageRepository, type Service } from '@run-edges/edges';
import type { Project } from '../../identity/project.ts';
import type { DesiredService } from './deployed-service.ts';
import { annotation } from './knative.ts';
import { containerWithDefaults } from './read-knative.ts';

/** A declared service as if somebody had deployed it. Its image is one that stands for its folder. */
export function declaredService(
  service: Service,
  project: Project,
  { email, env }: { readonly email: string; readonly env: Readonly<Record<string, string>> },
): DesiredService {
  const { name, ingress, audiences, concurrency, http2, minInstances, maxInstances } = service;
  return {
    metadata: {
      name,
      labels: {},
      annotations: {
        [annotation.ingress]: ingress,
        ...(audiences.length === 0 ? {} : { [annotation.customAudiences]: JSON.stringify(audiences) }),
      },
    },
    spec: {
      template: {
        metadata: {
          annotations: { [annotation.minScale]: `${minInstances}`, [annotation.maxScale]: `${maxInstances}` },
        },
        spec: {
          serviceAccountName: email,
          containerConcurrency: concurrency,
          containers: [
            containerWithDefaults({
              image: `${imageRepository(project.id, project.region)}/${name}`,
              ...(http2 && { ports: [{ name: 'h2c', containerPort: 8080 }] }),
              env: Object.entries(env).map(([name, value]) => ({ name, value })),
            }),
          ],
        },
      },
      traffic: [{ latestRevision: true, percent: 100 }],
    },
  };
}
