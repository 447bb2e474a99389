import type { FoundWorkload } from './found.ts';
import type { StateResource } from './state-shape.ts';
import { blockAt, blocksAt, countAt, given, isMarked, isValues, textAt, textsAt, type Values } from './values.ts';

interface Read extends Omit<FoundWorkload, 'from' | 'name' | 'region' | 'env' | 'secrets'> {
  /** The blocks, one within another, in which the containers are. */
  readonly within: readonly string[];
}

/** The resources that run in containers. https://registry.terraform.io/providers/hashicorp/google/latest/docs */
const kinds: Readonly<Record<string, (values: Values) => Read>> = {
  google_cloud_run_v2_service(values) {
    const template = blockAt(values, 'template');
    const own = blockAt(template, 'scaling');
    const [first = {}] = containersOf(template);
    return {
      ...{ part: 'services', account: textAt(template, 'service_account') },
      unchecked: values.invoker_iam_disabled === true,
      settings: given({
        ingress: INGRESS[textAt(values, 'ingress')],
        audiences: textsAt(values, 'custom_audiences'),
        minInstances: countAt(own, 'min_instance_count') ?? countAt(blockAt(values, 'scaling'), 'min_instance_count'),
        maxInstances: countAt(own, 'max_instance_count'),
        concurrency: countAt(template, 'max_instance_request_concurrency'),
        http2: speaksHttp2(template),
        image: textAt(first, 'image'),
      }),
      within: ['template'],
    };
  },

  google_cloud_run_service(values) {
    const annotations = recordAt(blockAt(values, 'metadata'), 'annotations');
    const template = blockAt(values, 'template');
    const scaling = recordAt(blockAt(template, 'metadata'), 'annotations');
    const spec = blockAt(template, 'spec');
    const [first = {}] = containersOf(spec);
    return {
      ...{ part: 'services', account: textAt(spec, 'service_account_name') },
      unchecked: textAt(annotations, 'run.googleapis.com/invoker-iam-disabled').toLowerCase() === 'true',
      settings: given({
        ingress: textAt(annotations, 'run.googleapis.com/ingress'),
        audiences: listIn(textAt(annotations, 'run.googleapis.com/custom-audiences')),
        minInstances: countAt(scaling, 'autoscaling.knative.dev/minScale'),
        maxInstances: countAt(scaling, 'autoscaling.knative.dev/maxScale'),
        concurrency: countAt(spec, 'container_concurrency'),
        http2: speaksHttp2(spec),
        image: textAt(first, 'image'),
      }),
      within: ['template', 'spec'],
    };
  },

  google_cloud_run_v2_job(values) {
    const execution = blockAt(values, 'template');
    const task = blockAt(execution, 'template');
    const [first = {}] = containersOf(task);
    const command = textsAt(first, 'command');
    const retries = task.max_retries;
    return {
      ...{ part: 'jobs', account: textAt(task, 'service_account'), unchecked: false },
      settings: given({
        command: command.length === 0 ? undefined : command,
        tasks: countAt(execution, 'task_count'),
        parallelism: countAt(execution, 'parallelism'),
        maxRetries: typeof retries === 'number' ? retries : undefined,
        timeout: countAt({ seconds: textAt(task, 'timeout').replace(/s$/, '') }, 'seconds'),
        image: textAt(first, 'image'),
      }),
      within: ['template', 'template'],
    };
  },

  google_cloud_run_v2_worker_pool(values) {
    const template = blockAt(values, 'template');
    const [first = {}] = containersOf(template);
    const instances = blockAt(values, 'scaling').manual_instance_count;
    return {
      ...{ part: 'workerPools', account: textAt(template, 'service_account'), unchecked: false },
      settings: given({
        instances: typeof instances === 'number' ? instances : undefined,
        image: textAt(first, 'image'),
      }),
      within: ['template'],
    };
  },
};

const INGRESS: Readonly<Record<string, string>> = {
  INGRESS_TRAFFIC_ALL: 'all',
  INGRESS_TRAFFIC_INTERNAL_ONLY: 'internal',
  INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER: 'internal-and-cloud-load-balancing',
};

/** What a resource runs, or undefined where it runs nothing. */
export function workloadOf({
  type,
  address,
  values = {},
  sensitive_values: secret,
}: StateResource): FoundWorkload | undefined {
  const read = Object.hasOwn(kinds, type) ? kinds[type]?.(values) : undefined;
  const name = textAt(values, 'name').split('/').at(-1) ?? '';
  if (read === undefined || name === '') return undefined;
  const { within, ...workload } = read;
  return {
    ...workload,
    name,
    region: textAt(values, 'location'),
    ...variablesIn(values, secret, within),
    from: address,
  };
}

function containersOf(template: Values): readonly Values[] {
  return blocksAt(template, 'containers');
}

/** True, or undefined: HTTP/1.1 is not written. One container alone has ports. */
function speaksHttp2(template: Values): true | undefined {
  const ports = containersOf(template).flatMap((container) => blocksAt(container, 'ports'));
  return ports.some((port) => textAt(port, 'name') === 'h2c') ? true : undefined;
}

/** Of the first container, in which requests arrive. @param marks the same places, with true where a value is secret */
function variablesIn(values: Values, marks: unknown, within: readonly string[]) {
  const env: Record<string, string> = {};
  const secrets: string[] = [];
  const [container = {}] = containersOf(within.reduce(blockAt, values));
  const place = [...within, 'containers'].flatMap((block) => [block, 0]);
  for (const [index, one] of blocksAt(container, 'env').entries()) {
    const name = textAt(one, 'name');
    const hidden = isMarked(marks, [...place, 'env', index, 'value']);
    const fromSecret = [...blocksAt(one, 'value_source'), ...blocksAt(one, 'value_from')].length > 0;
    if (hidden || fromSecret) secrets.push(name);
    else if (name !== '') env[name] = textAt(one, 'value');
  }
  return { env, secrets };
}

function recordAt(values: Values, key: string): Values {
  const value = values[key];
  return isValues(value) ? value : {};
}

function listIn(json: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}
