/** Whether it is a day that can be written and is one, `YYYY-MM-DD`, of this millennium. */
export function isDay(value: unknown): value is string {
  if (typeof value !== 'string' || !/^2\d{3}-\d\d-\d\d$/.test(value)) return false;
  const time = Date.parse(value);
  // February has no 30th, whatever the engine makes of it.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}
