import type { Declaration } from '@run-edges/edges';
import { serviceAccountEmail } from '@run-edges/edges';
import { liveServices } from '../deployment/live.ts';
import { howToDeploy, howToTest, makerOf } from '../deployment/maker.ts';
import { accountIdOf } from '../deployment/wanted.ts';
import { TargetError } from '../emulator-api.ts';
import type { Gcloud } from '../gcloud/gcloud.ts';
import { GcloudError } from '../gcloud/gcloud-error.ts';
import { idTokenMint } from '../gcloud/id-tokens.ts';
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
  const mint = await idTokenMint(gcloud);
  const tokens = new Map<string, Promise<string>>();
  return {
    declaration,
    urlOf: (receiver) => urls.get(receiver) ?? '',
    idToken(caller, audience) {
      // Callers with the same account are the same to every receiver.
      const email = serviceAccountEmail(accountIdOf(declaration, caller), project);
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
