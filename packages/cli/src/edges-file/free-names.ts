import { asName, createNames } from './names.ts';
import { refusalOf } from './refusal.ts';

/** Accounts of 6 to 30 characters are named after services, with `-run` behind. */
const LONGEST = 26;

/** Gives services names that may stand, each once: close to what they are called. */
export function createFreeNames(): (called: string) => string {
  const names = createNames();
  return (called) => {
    const name = names.near(asName(called).slice(0, LONGEST));
    if (refusalOf({ services: { [name]: {} } }) === undefined) return name;
    return names.near(`${name.slice(0, LONGEST - 8)}-service`);
  };
}
