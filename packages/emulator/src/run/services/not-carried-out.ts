import { EmulatorError } from '../../internal/errors.ts';
import type { App } from '../revisions/images.ts';
import type { Container, KnativeRevision } from './knative.ts';
import { more } from './v2/annotations.ts';

interface Revision {
  readonly metadata: Pick<KnativeRevision['metadata'], 'annotations'>;
  readonly spec: Pick<KnativeRevision['spec'], 'volumes'>;
}

interface Volume {
  readonly name?: string;
  readonly secret?: object;
}

/**
 * Refuses what a container could not do without and this machine does not have: it does not come up, and says why.
 * The README lists what of a service is carried out, what is kept and shown alone, and what is refused.
 * @throws EmulatorError NO_SECRETS, NOT_CARRIED_OUT
 */
export function refuseWhatIsNotThere(container: Container, revision: Revision, app: App): void {
  const { env = [], command = [], args = [], workingDir = '' } = container;
  const secret = env.find(({ valueFrom }) => valueFrom !== undefined);
  if (secret !== undefined)
    throw noSecrets(
      `${secret.name} comes from the secret ${secret.valueFrom?.secretKeyRef?.name ?? ''}`,
      'Deploy it as a plain value here.',
    );
  const volume = volumesOf(revision).find(({ secret }) => secret !== undefined);
  if (volume !== undefined)
    throw noSecrets(`The volume ${volume.name} holds a secret`, 'Deploy it without that volume here.');
  if (workingDir !== '')
    throw notCarriedOut(
      `The container works in ${workingDir} of its image, and an image is a folder of this machine here: the app's own is where it works.`,
      'Deploy it without workingDir here.',
    );
  if ('url' in app && command.length + args.length > 0)
    throw notCarriedOut(
      `The container says what is run, by command or args, and the app at ${app.url} runs already: nothing is started here.`,
      'Map the image to a folder, or deploy it without command and args.',
    );
}

/** What is asked for, kept and shown, and not done, where an app could find the difference. */
export function notesOn(container: Container, app: App): string[] {
  const { volumeMounts = [], livenessProbe, readinessProbe, startupProbe } = container;
  const mounts = volumeMounts.map(
    ({ name, mountPath }) =>
      `run-edges: the volume ${name} is not mounted: ${mountPath} is what this machine has there, if anything.`,
  );
  const probed = livenessProbe ?? readinessProbe ?? (startupProbe?.tcpSocket === undefined ? startupProbe : undefined);
  const unprobed =
    'url' in app && probed !== undefined
      ? [`run-edges: the app at ${app.url} runs already, so its health is not probed, nor is it started again.`]
      : [];
  return [...mounts, ...unprobed];
}

/** Those of v1, or those of v2, which are kept beside. */
function volumesOf({ metadata, spec }: Revision): readonly Volume[] {
  const { volumes } = more(metadata.annotations);
  return [...(spec.volumes ?? []), ...(Array.isArray(volumes) ? (volumes as Volume[]) : [])];
}

function noSecrets(what: string, mend: string): EmulatorError {
  return new EmulatorError('NO_SECRETS', `${what}, and there is no Secret Manager here.`, mend);
}

function notCarriedOut(message: string, mend: string): EmulatorError {
  return new EmulatorError('NOT_CARRIED_OUT', message, mend);
}
