import type { FastifyTypeProvider } from 'fastify';
import type { XStatic } from 'typebox/schema';

/**
 * Types of handlers from plain JSON Schemas (`as const`). Only types come from typebox: its
 * builders cost a container more than 100 ms at start.
 */
export interface SchemaTypes extends FastifyTypeProvider {
  validator: XStatic<this['schema']>;
  serializer: XStatic<this['schema']>;
}

/** The type that a JSON Schema (`as const`) describes. */
export type FromSchema<Schema> = XStatic<Schema>;
