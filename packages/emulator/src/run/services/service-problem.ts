import type { DesiredService } from './deployed-service.ts';
import { annotation, type Container, type RevisionTemplate, type TrafficTarget } from './knative.ts';
import { probeProblem } from './probe-problem.ts';

export const RESOURCE_NAME = /^[a-z]([-a-z0-9]{0,47}[a-z0-9])?$/;
export const NAME_PROBLEM =
  "metadata.name: Resource name must use only lowercase letters, numbers, and '-'; it must begin with a letter, end with a letter or a number, and have at most 49 characters.";
export const REVISION_NAME = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const TAG = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const IMAGE =
  /^(?:[a-z0-9][\w.-]*(?::\d{1,5})?\/)?[a-z0-9][\w.-]*(?:\/[\w.-]+)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/i;
const LONGEST_ENV_NAME = 32_768;
const INGRESS = ['all', 'internal', 'internal-and-cloud-load-balancing'];
const RESERVED = ['PORT', 'K_SERVICE', 'K_REVISION', 'K_CONFIGURATION'];

/**
 * Why Cloud Run would refuse this service with INVALID_ARGUMENT, or undefined: the path of a field, a colon and what is
 * wrong with it. Who runs it is asked elsewhere.
 * @see https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.services
 */
export function serviceProblem({ metadata, spec }: DesiredService, revisions: readonly string[]): string | undefined {
  if (!RESOURCE_NAME.test(metadata.name)) return NAME_PROBLEM;
  return (
    annotationProblem(metadata.annotations) ??
    templateProblem(metadata.name, spec.template) ??
    trafficProblem(spec.traffic, [...revisions, spec.template.metadata?.name])
  );
}

function annotationProblem(annotations: Readonly<Record<string, string>>): string | undefined {
  const ingress = annotations[annotation.ingress];
  if (ingress !== undefined && !INGRESS.includes(ingress))
    return `metadata.annotations[${annotation.ingress}]: Invalid value "${ingress}"; it must be one of ${INGRESS.join(', ')}.`;
  const audiences = annotations[annotation.customAudiences];
  if (audiences !== undefined && !isListOfTexts(audiences))
    return `metadata.annotations[${annotation.customAudiences}]: must be a JSON list of texts.`;
  for (const name of [annotation.serviceMinScale, annotation.serviceMaxScale]) {
    if (!isCount(annotations[name])) return `metadata.annotations[${name}]: must be a whole number.`;
  }
  return undefined;
}

function templateProblem(service: string, { metadata, spec }: RevisionTemplate): string | undefined {
  const name = metadata?.name;
  if (name !== undefined && name !== '' && !(name.startsWith(`${service}-`) && REVISION_NAME.test(name)))
    return `spec.template.metadata.name: Revision name "${name}" must begin with "${service}-" and use only lowercase letters, numbers, and '-'.`;
  const { [annotation.maxScale]: most, [annotation.minScale]: least } = metadata?.annotations ?? {};
  if (!isCount(most) || Number(most ?? 1) < 1)
    return `spec.template.metadata.annotations[${annotation.maxScale}]: must be a whole number from 1 on.`;
  if (!isCount(least)) return `spec.template.metadata.annotations[${annotation.minScale}]: must be a whole number.`;
  if (Number(least ?? 0) > Number(most ?? Number.POSITIVE_INFINITY))
    return `spec.template.metadata.annotations[${annotation.minScale}]: ${least} is more than ${annotation.maxScale} ${most}.`;
  if (!within(spec.containerConcurrency, 0, 1000))
    return 'spec.template.spec.containerConcurrency: must be from 0 to 1000.';
  if (!within(spec.timeoutSeconds, 1, 3600)) return 'spec.template.spec.timeoutSeconds: must be from 1 to 3600.';
  const [container, another] = spec.containers;
  if (container === undefined) return 'spec.template.spec.containers: at least one container is required.';
  if (another !== undefined)
    return 'spec.template.spec.containers: run-edges runs one container for each service, and no sidecars.';
  const at = 'spec.template.spec.containers[0]';
  return containerProblem(container, at, RESERVED) ?? probeProblem(container, at);
}

/** What is wrong with a container, at this path. @param reserved variables that Cloud Run sets itself */
export function containerProblem(container: Container, at: string, reserved: readonly string[]): string | undefined {
  const { image, env = [], ports = [], envFrom = [], dependsOn = [] } = container;
  if (image === undefined || !IMAGE.test(image))
    return `${at}.image: Expected an image path like [host/]repo-path[:tag and/or @digest], but obtained ${image ?? ''}`;
  const names = env.map(({ name }) => name);
  const wrong = names.find((name) => name === '' || name.length > LONGEST_ENV_NAME || /[=\0]/.test(name));
  if (wrong !== undefined) return `${at}.env: "${wrong}" is no name of an environment variable.`;
  const taken = names.filter((name) => reserved.includes(name));
  if (taken.length > 0)
    return `${at}.env: The following reserved env names were provided: ${taken.join(', ')}. These values are automatically set by the system.`;
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) return `${at}.env: ${repeated} is there more than once.`;
  const both = env.find(({ value, valueFrom }) => value !== undefined && value !== '' && valueFrom !== undefined);
  if (both !== undefined) return `${at}.env: ${both.name} has both a value and a source.`;
  const mapped = env.find(({ valueFrom }) => valueFrom?.configMapKeyRef !== undefined);
  if (mapped !== undefined) return `${at}.env: configMapKeyRef of ${mapped.name} is not supported by Cloud Run.`;
  if (envFrom.length > 0) return `${at}.envFrom: is not supported by Cloud Run.`;
  const [other] = dependsOn;
  if (other !== undefined) return `${at}.dependsOn: there is no container "${other}".`;
  if (ports.length > 1) return `${at}.ports: at most one port may be named.`;
  if (!ports.every(({ name = '' }) => ['', 'http1', 'h2c'].includes(name)))
    return `${at}.ports[0].name: must be http1 or h2c.`;
  if (!ports.every(({ containerPort }) => within(containerPort, 1, 65_535)))
    return `${at}.ports[0].containerPort: must be from 1 to 65535.`;
  return undefined;
}

function trafficProblem(
  traffic: readonly TrafficTarget[],
  revisions: readonly (string | undefined)[],
): string | undefined {
  const percent = traffic.reduce((sum, { percent = 0 }) => sum + percent, 0);
  if (traffic.length > 0 && percent !== 100) return `spec.traffic: The percentages add up to ${percent}, not 100.`;
  if (!traffic.every(({ percent }) => within(percent, 0, 100))) return 'spec.traffic: A percentage is from 0 to 100.';
  const tags = traffic.flatMap(({ tag }) => (tag === undefined || tag === '' ? [] : [tag]));
  const wrong = tags.find((tag, index) => !TAG.test(tag) || tags.indexOf(tag) !== index);
  if (wrong !== undefined)
    return `spec.traffic: The tag "${wrong}" must use only lowercase letters, numbers, and '-', and stand there once.`;
  for (const { revisionName = '', latestRevision } of traffic) {
    if ((revisionName === '') === (latestRevision !== true))
      return 'spec.traffic: A target names either a revision or the latest one.';
    if (revisionName !== '' && !revisions.includes(revisionName))
      return `spec.traffic: Revision "${revisionName}" does not exist.`;
  }
  return undefined;
}

/** Whether it is a whole number within bounds, where it is given. */
export function within(value: number | undefined, least: number, most: number): boolean {
  return value === undefined || (Number.isInteger(value) && value >= least && value <= most);
}

function isCount(text: string | undefined): boolean {
  return text === undefined || /^\d{1,4}$/.test(text);
}

function isListOfTexts(json: string): boolean {
  try {
    const list: unknown = JSON.parse(json);
    return Array.isArray(list) && list.every((one) => typeof one === 'string');
  } catch {
    return false;
  }
}
