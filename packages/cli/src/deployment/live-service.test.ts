import { describe, expect, test } from 'vitest';
import type { KnativeService } from '../gcloud/knative-service.ts';
import { readService } from './live-service.ts';

/** As gcloud 528 prints a service that it deployed, shortened. */
const printed: KnativeService = {
  metadata: {
    name: 'search',
    labels: { 'managed-by': 'run-edges', 'cloud.googleapis.com/location': 'us-central1' },
    annotations: {
      'run.googleapis.com/ingress': 'internal',
      'run.googleapis.com/invoker-iam-disabled': 'True',
      'run.googleapis.com/custom-audiences': '["https://search.example.com"]',
    },
  },
  spec: {
    template: {
      metadata: {
        annotations: {
          'autoscaling.knative.dev/minScale': '1',
          'autoscaling.knative.dev/maxScale': '3',
          'run.googleapis.com/cloudsql-instances': 'p:r:i',
        },
      },
      spec: {
        serviceAccountName: 'search-run@p.iam.gserviceaccount.com',
        containerConcurrency: 7,
        containers: [
          {
            image: 'example.com/search:v1',
            ports: [{ name: 'h2c' }],
            env: [
              { name: 'A', value: '1' },
              { name: 'EMPTY' },
              { name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'search-database', key: 'latest' } } },
            ],
          },
        ],
      },
    },
  },
  status: { url: 'https://search-uc.a.run.app', conditions: [{ type: 'Ready', status: 'True' }] },
};

describe('readService', () => {
  test('reads what a deployment sets', () => {
    expect(readService(printed, [])).toEqual({
      name: 'search',
      region: 'us-central1',
      url: 'https://search-uc.a.run.app',
      image: 'example.com/search:v1',
      account: 'search-run@p.iam.gserviceaccount.com',
      env: { A: '1', EMPTY: '' },
      secrets: { DATABASE_URL: 'search-database:latest' },
      cloudSql: 'p:r:i',
      ingress: 'internal',
      audiences: ['https://search.example.com'],
      minInstances: 1,
      maxInstances: 3,
      concurrency: 7,
      http2: true,
      invokerCheck: false,
      managedBy: 'run-edges',
      bindingsOwner: '',
      bindings: [],
      notReady: undefined,
    });
  });

  test('a service that says nothing has Cloud Run’s defaults, and is nobody’s', () => {
    expect(readService({ metadata: { name: 'bare' } }, [])).toMatchObject({
      image: '',
      account: '',
      ingress: 'all',
      audiences: [],
      minInstances: 0,
      maxInstances: 100,
      concurrency: 80,
      http2: false,
      invokerCheck: true,
      managedBy: '',
    });
  });

  test.each([
    ['true', false],
    ['True', false],
    ['False', true],
    ['false', true],
  ])('invoker-iam-disabled %s: the check is on: %s', (value, checked) => {
    const annotations = { 'run.googleapis.com/invoker-iam-disabled': value };
    expect(readService({ metadata: { name: 'a', annotations } }, []).invokerCheck).toBe(checked);
  });

  test('audiences that are no list are none', () => {
    for (const value of ['', '{', '"a"', '{"a":1}']) {
      const annotations = { 'run.googleapis.com/custom-audiences': value };
      expect(readService({ metadata: { name: 'a', annotations } }, []).audiences).toEqual([]);
    }
  });

  test('says why a service does not serve', () => {
    const conditions = [{ type: 'Ready', status: 'False', message: 'Container failed' }];
    expect(readService({ metadata: { name: 'a' }, status: { conditions } }, []).notReady).toBe('Container failed');
  });
});
