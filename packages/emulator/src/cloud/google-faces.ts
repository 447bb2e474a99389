import type { Deliveries } from '../delivery/deliveries.ts';
import { adminRoutes } from '../google/admin/admin-routes.ts';
import type { ResolvedGoogleSettings } from '../google/google-settings.ts';
import { tellWhatIsKept } from '../google/http/kept.ts';
import { accountCertsRoutes } from '../google/tokens/account-certs-routes.ts';
import { oauthTokenRoute } from '../google/tokens/oauth-token-route.ts';
import { publicKeyRoutes } from '../google/tokens/public-key-routes.ts';
import { stsRoute } from '../google/tokens/sts-route.ts';
import { tokenInfoRoute } from '../google/tokens/token-info-route.ts';
import type { Project } from '../identity/project.ts';
import type { RunJobs } from '../run/jobs/jobs.ts';
import type { Regions } from '../run/services/regions.ts';
import type { RunWorkerPools } from '../run/worker-pools/worker-pools.ts';
import type { Faults } from '../watch/faults/faults.ts';
import { type Face, face } from './faces.ts';
import type { OpenProject } from './open-project.ts';

export interface GoogleFacesOptions {
  readonly project: Project;
  readonly opened: OpenProject;
  readonly regions: Regions;
  readonly jobs: RunJobs;
  readonly workerPools: RunWorkerPools;
  readonly deliveries: Deliveries;
  readonly faults: Faults;
  readonly settings: ResolvedGoogleSettings;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Resolves when what was changed is saved. */
  readonly settled: () => Promise<void>;
}

/** Google's endpoints: keys, tokens, and the APIs that change a project. One more API is one more line here. */
export function googleFaces({
  project,
  opened,
  regions,
  jobs,
  workerPools,
  deliveries,
  faults,
  settings,
  now,
  settled,
}: GoogleFacesOptions): Face[] {
  const { keys, accounts, accountKeys, systemKeys, identityPools, iam, apis } = opened;
  return [
    face(publicKeyRoutes, { keys, faults }),
    face(accountCertsRoutes, { accounts, accountKeys, systemKeys }),
    face(oauthTokenRoute, { keys, accounts, accountKeys, systemKeys, settings, now }),
    face(stsRoute, { keys, accounts, identityPools, now }),
    face(tokenInfoRoute, { keys, accounts, now }),
    async (app) => {
      tellWhatIsKept(app, settled);
      await adminRoutes(app, {
        project,
        keys,
        accounts,
        accountKeys,
        systemKeys,
        identityPools,
        iam,
        apis,
        regions,
        jobs,
        workerPools,
        deliveries,
        settings,
        now,
      });
    },
  ];
}
