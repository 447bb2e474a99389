import type { Condition } from '../gcloud/binding.ts';
import type { StateResource } from './state-shape.ts';
import { blocksAt, isValues, textAt, textsAt, type Values } from './values.ts';

/** A role that one member has on one thing, as a resource of Terraform grants it. */
export interface StateGrant {
  /** What it is granted on. */
  readonly kind: 'service' | 'account' | 'project';
  /** The name of a service, the e-mail of an account, or the id of a project. */
  readonly on: string;
  readonly region: string;
  readonly role: string;
  readonly member: string;
  readonly condition: Condition | undefined;
  readonly from: string;
}

/** What each family of resources grants on; each has `_iam_member`, `_iam_binding` and `_iam_policy`. */
const families: Readonly<Record<string, (values: Values) => Pick<StateGrant, 'kind' | 'on' | 'region'>>> = {
  google_cloud_run_v2_service: (values) => service(textAt(values, 'name'), values),
  google_cloud_run_service: (values) => service(textAt(values, 'service'), values),
  google_service_account: (values) => ({ kind: 'account', on: last(textAt(values, 'service_account_id')), region: '' }),
  google_project: (values) => ({ kind: 'project', on: textAt(values, 'project'), region: '' }),
};

/** The grants of a resource; none where it is no binding. */
export function grantsOf({ type, address, values = {} }: StateResource): readonly StateGrant[] {
  const [, family = '', form = ''] = /^(\w+)_iam_(member|binding|policy)$/.exec(type) ?? [];
  if (!Object.hasOwn(families, family)) return [];
  const on = families[family]?.(values);
  if (on === undefined) return [];
  return bindingsOf(form, values).flatMap((binding) => {
    const condition = conditionIn(binding);
    return [...textsAt(binding, 'members'), textAt(binding, 'member')]
      .filter((member) => member !== '')
      .map((member) => ({
        ...on,
        ...{ role: textAt(binding, 'role'), member, condition },
        from: `${address}: ${member}`,
      }));
  });
}

function bindingsOf(form: string, values: Values): readonly Values[] {
  if (form !== 'policy') return [values];
  try {
    const policy: unknown = JSON.parse(textAt(values, 'policy_data'));
    return isValues(policy) ? blocksAt(policy, 'bindings') : [];
  } catch {
    return [];
  }
}

function conditionIn(binding: Values): Condition | undefined {
  const [condition] = blocksAt(binding, 'condition');
  if (condition === undefined) return undefined;
  return { title: textAt(condition, 'title'), expression: textAt(condition, 'expression') };
}

function service(name: string, values: Values): Pick<StateGrant, 'kind' | 'on' | 'region'> {
  return { kind: 'service', on: last(name), region: textAt(values, 'location') };
}

/** `projects/p/locations/l/services/s` and `s` are the same. */
function last(name: string): string {
  return name.split('/').at(-1) ?? name;
}
