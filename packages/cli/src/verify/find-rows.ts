import type { Declaration, Service } from '@run-edges/edges';
import { settle, staleRows } from './accept.ts';
import { accountRows } from './account-rows.ts';
import { projectRows } from './project-rows.ts';
import type { Row, State } from './row.ts';
import type { Seen, Unseen } from './seen.ts';
import { senderRows } from './sender-rows.ts';
import { serviceRows } from './service-rows.ts';
import { asOwned, notDeployed, settingRows } from './setting-rows.ts';
import { workloadRows } from './workload-rows.ts';

const ORDER: readonly State[] = ['drift', 'unseen', 'accepted', 'declared'];

/**
 * Everybody who may invoke a declared service, by whatever path, and everything in which the live project differs from the
 * declaration; the differences first.
 */
export function findRows(declaration: Declaration, seen: Seen): readonly Row[] {
  const rows = [
    ...declaration.services.flatMap((service) => rowsOf(declaration, service, seen)),
    ...workloadRows(declaration, seen),
    ...senderRows(declaration, seen),
    ...settle([...projectRows(declaration, seen), ...accountRows(declaration, seen)], seen),
  ];
  return [...rows, ...staleRows(rows, seen), ...seen.unseen.map(unseenRow)].toSorted(
    (one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state),
  );
}

/** What concerns one service by itself, in each of its regions. */
function rowsOf(declaration: Declaration, service: Service, seen: Seen): readonly Row[] {
  const { name, regions = [seen.region] } = service;
  return regions.flatMap((region) => {
    const live = seen.services.find((one) => one.name === name && one.region === region);
    if (live === undefined) return [notDeployed(declaration, service, region, seen)].map(inRegion);
    const rows = [...settingRows(service, live, seen), ...serviceRows(declaration, service, live, seen)];
    return asOwned(service, live, settle(rows, seen)).map(inRegion);
  });
}

function inRegion(row: Row): Row {
  return row.region === undefined ? row : { ...row, reason: `in ${row.region}: ${row.reason}` };
}

function unseenRow({ path, on, reason, mend }: Unseen): Row {
  return { kind: 'not-seen', service: '*', member: '', role: '', path, on, state: 'unseen', reason, mend };
}
