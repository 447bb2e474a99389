import { type Declaration, type Service, serviceAccountEmail } from '@run-edges/edges';
import { INVOKER, updateService } from '../deployment/commands.ts';
import type { LiveService } from '../deployment/live-service.ts';
import { howToDeploy, makerOf } from '../deployment/maker.ts';
import { MANAGED_BY } from '../deployment/managed-by.ts';
import type { Row } from './row.ts';
import type { Seen } from './seen.ts';
import { aboutService } from './service-rows.ts';

export function notDeployed(declaration: Declaration, service: Service, region: string, seen: Seen): Row {
  const { name } = service;
  return {
    ...aboutService(service, { region }),
    kind: 'not-deployed',
    member: '',
    role: '',
    state: 'drift',
    reason: `${name} is declared and not deployed`,
    mend: howToDeploy(makerOf(declaration, seen.services), { project: seen.project, region }),
  };
}

/** Settings of a service that change who gets in, whether it answers at all, or as whom it calls. */
export function settingRows(service: Service, live: LiveService, { project }: Seen): readonly Row[] {
  const { name } = service;
  const at = { project, region: live.region };
  const rows: Row[] = [];
  const about = { ...aboutService(service, live), member: '', role: '', state: 'drift' } as const;
  const account = serviceAccountEmail(service.serviceAccount, project);
  if (live.account !== account)
    rows.push({
      ...about,
      kind: 'wrong-identity',
      reason: `${name} runs as ${live.account || "the project's default account"}, not as ${account}`,
      fix: updateService(name, `--service-account=${account}`, at),
    });
  if (live.ingress !== service.ingress)
    rows.push({
      ...about,
      kind: 'ingress',
      reason: `${name} lets requests in from ${live.ingress}, declared is ${service.ingress}`,
      fix: updateService(name, `--ingress=${service.ingress}`, at),
      takes: service.ingress !== 'all' && live.ingress !== 'internal',
    });
  if (service.http2 !== undefined && live.http2 !== service.http2)
    rows.push({
      ...about,
      kind: 'protocol',
      reason: `${name} is asked in ${protocol(live)}, declared is ${protocol(service)}`,
      fix: updateService(name, service.http2 ? '--use-http2' : '--no-use-http2', at),
    });
  if (!service.public && !live.invokerCheck)
    rows.push({
      ...about,
      kind: 'public-by-mistake',
      reason: `${name} is private, and lets everybody in: its invoker check is off`,
      fix: updateService(name, '--invoker-iam-check', at),
      takes: true,
      origin: 'unknown',
    });
  return rows;
}

const protocol = ({ http2 }: { readonly http2?: boolean }) => (http2 ? 'HTTP/2' : 'HTTP/1.1');

/** The rows of one service, as who owns its whole policy leaves them to be mended. */
export function asOwned(service: Service, live: LiveService, rows: readonly Row[]): readonly Row[] {
  if (live.bindingsOwner !== 'authoritative' || rows.every(({ state }) => state !== 'drift')) return rows;
  const owner = live.managedBy === '' || live.managedBy === MANAGED_BY ? 'terraform' : live.managedBy;
  return [
    {
      ...aboutService(service, live),
      kind: 'authoritative-owner',
      member: '',
      role: INVOKER,
      state: 'drift',
      reason: `${owner} owns the whole policy of ${service.name}, and undoes at its next apply what is changed here`,
      mend: 'terraform apply',
    },
    ...rows.map((row): Row => (row.state === 'drift' ? byTerraform(row) : row)),
  ];
}

function byTerraform({ fix: _by, takes: _away, origin: _whose, ...row }: Row): Row {
  return { ...row, mend: 'terraform apply' };
}
