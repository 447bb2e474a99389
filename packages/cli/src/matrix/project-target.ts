import { callersOf, type Declaration, memberOf, STRANGER, serviceAccountEmail } from '@run-edges/edges';
import { liveServices } from '../deployment/live.ts';
import { howToDeploy, howToTest, makerOf } from '../deployment/maker.ts';
import { TargetError } from '../emulator-api.ts';
import type { Gcloud } from '../gcloud/gcloud.ts';
import { GcloudError } from '../gcloud/gcloud-error.ts';
import { idTokenMint } from '../gcloud/id-tokens.ts';
import { asDeployments, deploymentsOf } from './deployments.ts';
import { looksLikeToken } from './id-token.ts';
import type { Target } from './target.ts';

interface Where {
  readonly gcloud: Gcloud;
  readonly project: string;
  /** Of the services that declare none. */
  readonly region: string;
}

export interface ProjectTarget extends Target {
  /** Who cannot be tried from here, each with the reason. */
  readonly untried: readonly string[];
}

/**
 * The deployed services of a project, each in each of its regions; each caller by impersonation of its service account.
 * @throws TargetError when a declared service is not deployed
 * @throws GcloudError
 */
export async function projectTarget(
  declaration: Declaration,
  { gcloud, project, region }: Where,
): Promise<ProjectTarget> {
  const deployments = deploymentsOf(declaration, region);
  const regions = [...new Set(deployments.map((one) => one.region))];
  const live = (
    await Promise.all(regions.map((one) => liveServices(gcloud, { project, region: one }, () => false)))
  ).flat();
  const urls = new Map(
    deployments.map(({ name, service, region: where }) => [
      name,
      live.find((one) => one.name === service && one.region === where)?.url ?? '',
    ]),
  );
  const maker = makerOf(declaration, live);
  const missing = deployments.find(({ name }) => urls.get(name) === '');
  if (missing !== undefined)
    throw new TargetError(
      `${missing.service} is not deployed in ${project} (${missing.region}).`,
      howToDeploy(maker, { project, region }),
    );
  const { tried, untried, emails } = whoCanBeTried(asDeployments(declaration, deployments), project);
  const mint = await idTokenMint(gcloud);
  const tokens = new Map<string, Promise<string>>();
  return {
    declaration: tried,
    untried,
    urlOf: (receiver) => urls.get(receiver) ?? '',
    idToken(caller, audience) {
      // Callers with the same account are the same to every receiver.
      const email = emails.get(caller) ?? '';
      const key = `${email} ${audience}`;
      const known = tokens.get(key);
      if (known !== undefined) return known;
      const token = mint(email, audience)
        .then((minted) => {
          if (looksLikeToken(minted)) return minted;
          throw new TargetError(`What was given as an ID token of ${email} is none.`, 'Run gcloud components update.');
        })
        .catch((error: unknown) => {
          if (!(error instanceof GcloudError) || error.kind !== 'may-not-impersonate') throw error;
          const { kind, message, stderr } = error;
          const mend = howToTest(maker, email, { project, region });
          throw new GcloudError({ kind, message, mend }, stderr, { cause: error });
        });
      tokens.set(key, token);
      token.catch(() => tokens.delete(key));
      return token;
    },
    // Cloud Run's own log has the reason: the declaration's stands in its place.
    decisionOf: async () => undefined,
  };
}

interface Triable {
  /** What of the declaration can be tried. */
  readonly tried: Declaration;
  readonly untried: readonly string[];
  /** The account of each caller, by its name. */
  readonly emails: ReadonlyMap<string, string>;
}

/** Accounts of this project can be acted as; people, groups and accounts of others cannot, nor receivers of others asked. */
function whoCanBeTried(declaration: Declaration, project: string): Triable {
  const { external = [], principals = [], ...rest } = declaration;
  const ours = new Map(
    callersOf(declaration).flatMap((caller) =>
      caller.serviceAccount === undefined ? [] : [[caller.name, memberOf(caller, project).slice(EMAIL_AT)] as const],
    ),
  );
  const others = principals.filter(({ name }) => !ours.has(name));
  return {
    tried: { ...rest, principals: principals.filter(({ name }) => ours.has(name)) },
    untried: [
      ...others.map(({ name, member }) => `${name} is ${member}, whom nobody can act as from here`),
      ...external.map(({ name }) => `${name} is a receiver of others`),
    ],
    emails: new Map([...ours, [STRANGER, serviceAccountEmail(STRANGER, project)]]),
  };
}

const EMAIL_AT = 'serviceAccount:'.length;
