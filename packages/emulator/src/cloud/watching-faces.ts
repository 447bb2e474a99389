import type { Declaration } from '@run-edges/edges';
import type { Deliveries } from '../delivery/deliveries.ts';
import { Challenges } from '../identity/developer/challenges.ts';
import type { Project } from '../identity/project.ts';
import { packageFolder } from '../internal/package-folder.ts';
import type { ExternalReceivers } from '../run/external/external-receivers.ts';
import type { RunJobs } from '../run/jobs/jobs.ts';
import type { ServiceRegistry } from '../run/revisions/service-registry.ts';
import { callerRoutes } from '../watch/callers/caller-routes.ts';
import type { CallerTokens } from '../watch/callers/caller-tokens.ts';
import type { KnownCallers } from '../watch/callers/known-callers.ts';
import { consoleRoutes } from '../watch/console/console-routes.ts';
import { consoleDataRoutes } from '../watch/console/data-routes.ts';
import type { Changes } from '../watch/decisions/changes.ts';
import type { DecisionLog } from '../watch/decisions/decision-log.ts';
import { decisionRoutes } from '../watch/decisions/decision-routes.ts';
import { faultRoutes } from '../watch/faults/fault-routes.ts';
import type { Faults } from '../watch/faults/faults.ts';
import { jobRoutes } from '../watch/jobs/job-routes.ts';
import { authorityRoutes, type KnownAuthority } from '../watch/routes/authority-routes.ts';
import { challengeRoute } from '../watch/routes/challenge-route.ts';
import { credentialRoutes } from '../watch/routes/credential-routes.ts';
import { deliveryRoutes } from '../watch/routes/delivery-routes.ts';
import { developerAlone } from '../watch/routes/developer-alone.ts';
import { edgeRoutes } from '../watch/routes/edge-routes.ts';
import { environmentRoutes } from '../watch/routes/environment-routes.ts';
import { type Readiness, readyRoute } from '../watch/routes/ready-route.ts';
import { serviceRoutes } from '../watch/routes/service-routes.ts';
import { type Face, face } from './faces.ts';
import type { Listing } from './listing.ts';
import type { OpenProject } from './open-project.ts';

const consoleFolder = packageFolder('console');

export interface WatchingFacesOptions {
  readonly declaration: () => Declaration;
  readonly project: Project;
  readonly opened: OpenProject;
  readonly registry: ServiceRegistry;
  readonly jobs: RunJobs;
  readonly listing: Listing;
  readonly readiness: () => Readiness;
  readonly external: ExternalReceivers;
  readonly known: KnownCallers;
  readonly callerTokens: CallerTokens;
  readonly deliveries: Deliveries;
  readonly decisions: DecisionLog;
  readonly changes: Pick<Changes, 'onChange'>;
  readonly faults: Faults;
  readonly developerToken: string;
  /** Whether the emulator is reached from this machine alone. */
  readonly loopbackAlone: boolean;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Undefined where addresses are local. */
  readonly authority: KnownAuthority | undefined;
  readonly save: () => void;
  /** Resolves when what was changed is saved. */
  readonly settled: () => Promise<void>;
}

/** run-edges' own API under `/run-edges/v1`, and the console. */
export function watchingFaces(options: WatchingFacesOptions): Face[] {
  const { declaration, project, opened, registry, jobs, listing, decisions, faults, developerToken, now } = options;
  const { keys, iam, owner } = opened;
  const { listed, environments } = listing;
  const { external, known, callerTokens, save, settled } = options;
  const challenges = new Challenges();
  const developer = developerAlone({ token: developerToken, challenges, loopbackAlone: options.loopbackAlone });
  return [
    face(challengeRoute, { developerToken, challenges }),
    face(credentialRoutes, { project, keys, owner, developer, now }),
    face(serviceRoutes, { listed }),
    face(readyRoute, { readiness: options.readiness }),
    face(callerRoutes, { known, tokens: callerTokens, developer }),
    face(authorityRoutes, { developer, authority: options.authority }),
    face(environmentRoutes, { developer, environments }),
    face(jobRoutes, { jobs, project, owner, developer }),
    face(edgeRoutes, { declaration, iam, listed, known, external, now }),
    face(decisionRoutes, { decisions, changes: options.changes }),
    face(deliveryRoutes, { deliveries: options.deliveries, developer }),
    face(faultRoutes, { faults, keys, developer, save, settled }),
    face(consoleDataRoutes, {
      declaration,
      project,
      iam,
      keys,
      listed,
      known,
      external,
      now,
      judge: (given, address) =>
        [...registry.list(), ...external.list()].map(({ name, judge }) => [name, judge(given, address)] as const),
    }),
    face(consoleRoutes, { consoleFolder }),
  ];
}
