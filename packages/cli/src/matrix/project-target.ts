import type { Declaration } from '@run-edges/edges';
import { serviceAccountEmail } from '@run-edges/edges';
import { liveServices } from '../deployment/live.ts';
import { howToDeploy, howToTest, makerOf } from '../deployment/maker.ts';
import { accountIdOf } from '../deployment/wanted.ts';
import { TargetError } from '../emulator-api.ts';
import type { Gcloud } from '../gcloud/gcloud.ts';
import { GcloudError } from '../gcloud/gcloud-error.ts';
import { looksLikeToken } from './id-token.ts';
import type { Target } from './target.ts';

/**
 * The deployed services of a project; each caller by impersonation of its service account.
 * @throws TargetError when a declared service is not deployed
 * @throws GcloudError
 */
export async function projectTarget(
  declaration: Declaration,
  { gcloud, project, region }: { gcloud: Gcloud; project: string; region: string },
): Promise<Target> {
  const live = await liveServices(gcloud, { project, region }, () => false);
  const missing = declaration.services.find(
    ({ name }) => !live.some((service) => service.name === name && service.url !== ''),
  );
  const maker = makerOf(declaration, live);
  if (missing !== undefined)
    throw new TargetError(
      `${missing.name} is not deployed in ${project} (${region}).`,
      howToDeploy(maker, { project, region }),
    );
  const urls = new Map(live.map(({ name, url }) => [name, url]));
  const tokens = new Map<string, Promise<string>>();
  return {
    declaration,
    urlOf: (receiver) => urls.get(receiver) ?? '',
    idToken(caller, audience) {
      const key = `${caller} ${audience}`;
      const known = tokens.get(key);
      if (known !== undefined) return known;
      const email = serviceAccountEmail(accountIdOf(declaration, caller), project);
      const token = gcloud
        .run([
          ...['auth', 'print-identity-token', `--impersonate-service-account=${email}`],
          ...[`--audiences=${audience}`, '--include-email'],
        ])
        .then((printed) => {
          if (looksLikeToken(printed.trim())) return printed.trim();
          throw new TargetError(`gcloud gave no ID token of ${email}.`, 'Run gcloud components update.');
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
