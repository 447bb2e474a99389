import { type Derived, type Placed, place } from '../deployment/terraform-module.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * What `terraform show -json` prints of infra/terraform once it is applied, made of what the real Terraform derives from
 * the declaration: the resources are those of main.tf and workloads.tf, in the form of
 * https://developer.hashicorp.com/terraform/internals/json-format. The provider that would apply them can be had from its
 * makers' registry alone.
 */
export function stateOf(derived: Derived, bindings: 'additive' | 'authoritative'): string {
  const emails = Object.fromEntries(
    Object.values(derived.identities).map((id) => [id, `${id}@${place.project}.iam.gserviceaccount.com`]),
  );
  const emailOf = ({ account }: Placed) => emails[derived.identities[String(account)] ?? ''];
  const containers = ({ env, image, name, command, http2 }: Placed) => [
    {
      image: image ?? `europe-docker.pkg.dev/${place.project}/run-edges/${name}:latest`,
      ...(command === undefined ? {} : { command }),
      ports: http2 === true ? [{ name: 'h2c', container_port: 8080 }] : [],
      env: Object.entries(env).map(([variable, value]) => ({ name: variable, value, value_source: [] })),
    },
  ];
  const resources = [
    ...each('google_service_account.caller', derived.identities, (id) => ({
      ...{ account_id: id, email: emails[id], member: `serviceAccount:${emails[id]}` },
    })),
    ...each('google_cloud_run_v2_service.service', derived.services, (one) => ({
      ...{ name: one.name, location: one.region, ingress: one.ingress, custom_audiences: one.audiences },
      invoker_iam_disabled: one.invoker_check === false,
      scaling: [],
      template: [
        {
          service_account: emailOf(one),
          max_instance_request_concurrency: one.concurrency,
          scaling: [{ min_instance_count: one.min_instances, max_instance_count: one.max_instances }],
          containers: containers(one),
        },
      ],
    })),
    ...each('google_cloud_run_v2_job.job', derived.jobs, (one) => ({
      ...{ name: one.name, location: one.region },
      template: [
        {
          ...{ task_count: one.tasks, parallelism: one.parallelism === 0 ? null : one.parallelism },
          template: [
            {
              ...{ service_account: emailOf(one), max_retries: one.max_retries, timeout: `${one.timeout}s` },
              containers: containers(one),
            },
          ],
        },
      ],
    })),
    ...each('google_cloud_run_v2_worker_pool.pool', derived.worker_pools, (one) => ({
      ...{ name: one.name, location: one.region, scaling: [{ manual_instance_count: one.instances }] },
      template: [{ service_account: emailOf(one), containers: containers(one) }],
    })),
    ...each('google_service_account_iam_member.federated', derived.federated, ({ account, member }) => ({
      service_account_id: `projects/${place.project}/serviceAccounts/${emails[derived.identities[account] ?? '']}`,
      ...{ role: 'roles/iam.workloadIdentityUser', member, condition: [] },
    })),
    ...(bindings === 'additive' ? additive(derived) : authoritative(derived)),
  ];
  return JSON.stringify({ format_version: '1.0', terraform_version: '1.11.4', values: { root_module: { resources } } });
}

const role = 'roles/run.invoker';

function additive({ edges, services }: Derived): object[] {
  return each('google_cloud_run_v2_service_iam_member.edge', edges, ({ receiver, member, condition }) => ({
    ...at(services, receiver),
    ...{ role, member, condition: condition === null ? [] : [{ ...condition, description: '' }] },
  }));
}

function authoritative({ invokers, limited_invokers: limited, services }: Derived): object[] {
  const type = 'google_cloud_run_v2_service_iam_binding';
  return [
    ...each(`${type}.invokers`, invokers, (members, key) => ({ ...at(services, key), role, members, condition: [] })),
    ...each(`${type}.limited`, limited, ({ receiver, members, condition }) => ({
      ...at(services, receiver),
      ...{ role, members, condition: [{ ...condition, description: '' }] },
    })),
  ];
}

/** As the provider writes it, whatever the configuration says. */
function at(services: Derived['services'], key: string): Values {
  const { name, region } = services[key] as Placed;
  return { location: region, name: `projects/${place.project}/locations/${region}/services/${name}` };
}

function each<T>(address: string, all: Readonly<Record<string, T>>, values: (one: T, key: string) => Values): object[] {
  const [type = '', name = ''] = address.split('.');
  return Object.entries(all).map(([key, one]) => ({
    ...{ address: `${address}[${JSON.stringify(key)}]`, mode: 'managed', type, name, index: key },
    ...{ provider_name: 'registry.terraform.io/hashicorp/google', schema_version: 2 },
    values: { project: place.project, ...values(one, key) },
    sensitive_values: {},
  }));
}
