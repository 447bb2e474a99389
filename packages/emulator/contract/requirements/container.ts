import type { Requirements } from './requirement.ts';
import { sources } from './sources.ts';

export const container = {
  'container:port': {
    behaviour: 'the container is told in PORT where to listen',
    source: sources.CONTRACT,
    mark: 'D',
  },
  'container:k-variables': {
    behaviour: 'K_SERVICE, K_REVISION and K_CONFIGURATION name the service, its revision and its configuration',
    source: sources.CONTRACT,
    mark: 'D',
  },
  'container:own-environment': {
    behaviour: 'the container sees its own environment and nothing of the machine’s user',
    source: sources.CONTRACT,
    mark: 'D',
  },
  'container:startup-probe': {
    behaviour: 'a container counts as up once its port takes a connection, within 4 minutes unless set',
    source: sources.CONTRACT,
    mark: 'D',
  },
  'container:ends-at-start': {
    behaviour: 'a container that ends at its start is told with its exit code',
    source: sources.CONTRACT,
    mark: 'D',
  },
  'container:crash': {
    behaviour: 'a crashed container is started again, with growing pauses; who was being served gets 503',
    source: sources.TROUBLE,
    mark: 'D',
  },
  'container:sigterm': {
    behaviour: 'a container that must go is told by SIGTERM and may take 10 seconds',
    source: sources.CONTRACT,
    mark: 'D',
  },
  'container:sigkill': {
    behaviour: 'then it is killed',
    source: sources.CONTRACT,
    mark: 'D',
  },
  'container:to-zero': {
    behaviour:
      'a container that nobody asks anything goes, where an option says how soon; who is being served keeps it',
    source: 'https://docs.cloud.google.com/run/docs/about-instance-autoscaling',
    mark: 'D',
  },
  'container:from-zero': {
    behaviour: 'the next request starts it and waits, and so do all that come meanwhile',
    source: 'https://docs.cloud.google.com/run/docs/about-instance-autoscaling',
    mark: 'D',
  },
  'container:from-zero-failed': {
    behaviour: 'a container that does not come up is 503, and the next request tries again',
    source: 'https://docs.cloud.google.com/run/docs/about-instance-autoscaling',
    mark: 'D',
  },
  'container:queue-wait': {
    behaviour: 'a request waits for a container for 3.5 times the average start, 10 seconds at least; then 429',
    source: sources.CONTRACT,
    mark: 'D',
  },
  'container:min-instances': {
    behaviour: 'a service with minInstances keeps its container',
    source: 'https://docs.cloud.google.com/run/docs/configuring/min-instances',
    mark: 'D',
  },
  'container:defaults': {
    behaviour: '80 requests at once, 100 instances, 300 seconds, unless the service says otherwise',
    source: sources.QUOTAS,
    mark: 'M',
  },
  'container:longest-timeout': {
    behaviour: '3600 seconds is the longest request timeout',
    source: 'https://docs.cloud.google.com/run/docs/configuring/request-timeout',
    mark: 'M',
  },
  'container:runs-already': {
    behaviour: 'a service that already runs somewhere is fronted as it is, and not started',
    source: sources.CONTRACT,
    mark: 'D',
  },
  'container:port-8080': {
    behaviour: 'PORT is 8080',
    source: sources.CONTRACT,
    mark: 'D',
    differs: 'the containers of one machine share its ports: each gets a free one',
  },
  'container:all-addresses': {
    behaviour: 'a container that listens on 127.0.0.1 alone is not reached',
    source: sources.CONTRACT,
    mark: 'D',
    differs: 'a process of this machine has no network of its own',
  },
  'container:second-instance': {
    behaviour: 'more requests than one instance takes go to another one',
    source: 'https://docs.cloud.google.com/run/docs/about-instance-autoscaling',
    mark: 'D',
    differs: 'each revision is one process, which gets as many requests as all its instances would',
  },
  'container:command': {
    behaviour: 'a container’s command and args run in place of what its image runs, without a shell',
    source: 'https://docs.cloud.google.com/run/docs/configuring/services/containers',
    mark: 'D',
  },
  'container:args': {
    behaviour: 'args alone are given to what the image runs',
    source: 'https://docs.cloud.google.com/run/docs/configuring/services/containers',
    mark: 'D',
  },
  'probe:default': {
    behaviour: 'a container without a startup probe is shown with one by TCP: 240 s, every 240 s, once, at its port',
    source: sources.HEALTH,
    mark: 'D',
  },
  'probe:defaults': {
    behaviour: 'a probe is completed: timeout 1 s, every 10 s, 3 failures, path /, the container’s port',
    source: sources.HEALTH,
    mark: 'D',
  },
  'probe:invalid': {
    behaviour: 'a probe with times beyond its limits, or not exactly one action, is 400 INVALID_ARGUMENT',
    source: sources.HEALTH,
    mark: 'D',
  },
  'probe:startup': {
    behaviour: 'a container takes requests once its startup probe passes: statuses from 200 on, below 400, are well',
    source: sources.HEALTH,
    mark: 'D',
  },
  'probe:startup-failed': {
    behaviour:
      'a startup probe that fails as often as it may fails the revision with HealthCheckContainerError, and its container goes',
    source: sources.HEALTH,
    mark: 'D',
  },
  'probe:default-failed': {
    behaviour: 'a container that does not listen fails the revision with HealthCheckContainerError, told with its PORT',
    source: sources.TROUBLE,
    mark: 'D',
  },
  'probe:one-try': {
    behaviour: 'the first HTTP check comes about 0.2 s after the start, and a refused connection is a failure at once',
    source: 'logs of a revision with one attempt of 240 s, 2026-08-28',
    mark: 'R',
  },
  'probe:ports': {
    behaviour: 'a probe asks the port that it names, by TCP or by gRPC’s health checking protocol',
    source: sources.HEALTH,
    mark: 'D',
  },
  'probe:liveness': {
    behaviour: 'a container that fails its liveness probe is shut down, and another one is started',
    source: sources.HEALTH,
    mark: 'D',
  },
  'probe:readiness': {
    behaviour: 'a container that fails its readiness probe gets no new requests until it passes again',
    source: sources.HEALTH,
    mark: 'D',
  },
  'probe:disabled': {
    behaviour: 'with health checks at deployment disabled, a revision is ready without having been started',
    source: 'gcloud run deploy --help: --deploy-health-check',
    mark: 'D',
  },
} as const satisfies Requirements;
