import type { GateSettings } from '../gate/settings.ts';
import { resolveGateSettings } from '../gate/settings.ts';
import { annotation, isTrue, type KnativeRevision } from '../services/knative.ts';
import { probesOf } from '../services/probes.ts';
import { revisionLimits } from './front-end-of-service.ts';
import { type Machine, prepareContainer } from './prepare-container.ts';
import type { ServiceRegistry } from './service-registry.ts';

export interface StartRevisionOptions {
  readonly registry: ServiceRegistry;
  readonly machine: Machine;
  readonly gate: GateSettings | undefined;
  /** Milliseconds that a container has to listen where it names no startup probe. */
  readonly startTimeout: number;
}

/** Starts a revision on this machine as Cloud Run would: its image's app, its environment, its identity. @throws EmulatorError */
export async function startRevision(
  service: string,
  { metadata, spec }: KnativeRevision,
  { registry, machine, gate, startTimeout }: StartRevisionOptions,
): Promise<void> {
  const runtime = await registry.at(service);
  const prepared = await prepareContainer({ name: service, metadata, spec }, runtime.principalOf, machine);
  const { container, app, principal, env, notes, startProcess } = prepared;
  await runtime.start({
    name: metadata.name,
    principal,
    app:
      'url' in app
        ? app
        : {
            ...app,
            command: container.command ?? [],
            args: container.args ?? [],
            probes: probesOf(container, startTimeout),
            checkedAtDeploy: !isTrue(metadata.annotations[annotation.healthCheckDisabled]),
            startProcess,
          },
    notes,
    limits: revisionLimits({ metadata, spec }, resolveGateSettings(gate)),
    env,
  });
}
