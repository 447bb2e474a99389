/** A member of the object itself. What stands on its prototype nobody gave: not a caller's token, not an option. */
export function own<T extends object, Name extends keyof T>(object: T, name: Name): T[Name] | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** The object's own members, without a prototype that could add others. */
export function ownOf<T extends object>(object: T): T {
  return Object.assign(Object.create(null), object);
}
