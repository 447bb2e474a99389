import type { Kind, ResourceKind } from './kind.ts';
import { queue } from './queue.ts';
import { schedule } from './schedule.ts';
import { subscription } from './subscription.ts';
import { topic } from './topic.ts';
import { trigger } from './trigger.ts';

/** In the order in which they are made: topics before what listens to them. */
export const kinds: Readonly<Record<ResourceKind, Kind>> = { topic, subscription, queue, schedule, trigger };

export const resourceKinds = Object.keys(kinds) as readonly ResourceKind[];
