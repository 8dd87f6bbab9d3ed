import type { Json, JsonObject } from '../template';

/** Returns the value of a dynamic reference, given the name of the property that contains it. */
export type DynamicReferences = (reference: string, property: string) => string;

/** Replaces the dynamic references in properties by their values. */
export function withDynamicReferences(properties: JsonObject, resolve: DynamicReferences): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).map(([property, value]) => [property, resolved(value, property, resolve)]),
  );
}

function resolved(value: Json, property: string, resolve: DynamicReferences): Json {
  if (typeof value === 'string') {
    return value.replace(/\{\{resolve:[^{}]+\}\}/g, (reference) => resolve(reference, property));
  }
  if (Array.isArray(value)) {
    return value.map((entry) => resolved(entry, property, resolve));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [key, resolved(entry, property, resolve)]),
    );
  }
  return value;
}
