import { list, object, text } from '../../internal/json-shape.ts';
import { remember, type Undo } from '../../internal/remember.ts';
import { type Named, named } from '../pubsub/resources.ts';

/** A trigger as the API shows it. */
export interface Trigger {
  /** `projects/P/locations/L/triggers/T` */
  readonly name: string;
  readonly uid: string;
  readonly createTime: string;
  readonly updateTime: string;
  readonly eventFilters: readonly { readonly attribute: string; readonly value: string }[];
  readonly serviceAccount: string;
  readonly destination: {
    readonly cloudRun: { readonly service: string; readonly region: string; readonly path?: string };
  };
  /** What carries the events. */
  readonly transport: { readonly pubsub: { readonly topic: string; readonly subscription: string } };
  readonly labels?: Readonly<Record<string, string>>;
  readonly etag: string;
}

export interface SavedTriggers {
  readonly triggers: readonly Trigger[];
}

/** What a state file must hold of them. */
export const savedTriggersShape = object({
  triggers: list(
    object({
      name: text,
      eventFilters: list(object({ attribute: text, value: text })),
      serviceAccount: text,
      destination: object({ cloudRun: object({ service: text, region: text }, { path: text }) }),
      transport: object({ pubsub: object({ topic: text, subscription: text }) }),
    }),
  ),
});

export interface TriggerResources {
  readonly triggers: Named<Trigger>;
  save(): SavedTriggers;
  remember(): Undo;
}

export function createTriggerResources(saved: SavedTriggers | undefined, onChange: () => void): TriggerResources {
  const triggers = new Map(saved?.triggers.map((trigger) => [trigger.name, trigger]));
  return {
    triggers: named(triggers, onChange),
    save: () => ({ triggers: [...triggers.values()] }),
    remember: () => remember(triggers),
  };
}
