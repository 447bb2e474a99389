import { list, object, shape, text } from '../shape.ts';

/** A resource, as `terraform show -json` writes it. https://developer.hashicorp.com/terraform/internals/json-format#values-representation */
export interface StateResource {
  readonly address: string;
  readonly mode: string;
  readonly type: string;
  readonly values?: Readonly<Record<string, unknown>>;
  /** In the place of each value that is secret there is true. */
  readonly sensitive_values?: unknown;
}

export interface StateModule {
  readonly resources?: readonly StateResource[];
  readonly child_modules?: readonly StateModule[];
}

/** What `terraform show -json` prints: of a state `values`, of a plan `planned_values`. */
export interface StateFile {
  readonly format_version: string;
  readonly values?: { readonly root_module?: StateModule };
  readonly planned_values?: { readonly root_module?: StateModule };
}

const resource = object({ address: text, mode: text, type: text }, { values: { type: 'object' } });
const ofModule = { type: 'object', properties: { resources: list(resource), child_modules: { type: 'array' } } };
const values = { type: 'object', properties: { root_module: ofModule } };

export const stateShape = shape<StateFile>(object({ format_version: text }, { values, planned_values: values }));
export const moduleShape = shape<StateModule>(ofModule);
