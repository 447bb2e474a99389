import { conditionOf, type EdgeLimit } from '@run-edges/edges';
import type { Condition } from '../gcloud/binding.ts';

const TIME = /^(?:(.*) && )?request\.time < timestamp\("(\d{4}-\d\d-\d\d)T00:00:00Z"\)$/;
const PATH = /^request\.path(?: == "([^"]*)"|\.startsWith\("([^"]*)"\))$/;

/** The limit of an edge that becomes exactly this condition, or undefined where none does: it is somebody else's. */
export function limitOfCondition({ expression, title = '' }: Condition): EdgeLimit | undefined {
  const [, before, end] = TIME.exec(expression) ?? [];
  const paths = end === undefined ? expression : (before ?? '');
  const limit: EdgeLimit = {
    paths:
      paths === ''
        ? []
        : paths
            .replace(/^\((.*)\)$/, '$1')
            .split(' || ')
            .map(pathOf),
    ...(end === undefined ? {} : dayBefore(end)),
  };
  const back = conditionOf(limit);
  return back?.expression === expression && back.title === title ? limit : undefined;
}

function pathOf(expression: string): string {
  const [, exact, beginning] = PATH.exec(expression) ?? [];
  return exact ?? (beginning === undefined ? '' : `${beginning}*`);
}

function dayBefore(day: string): Pick<EdgeLimit, 'until'> {
  const time = Date.parse(day);
  return Number.isNaN(time) ? {} : { until: new Date(time - 24 * 60 * 60 * 1000).toISOString().slice(0, 10) };
}
