/** The person that everybody may sign in as, where demo people are asked for. */
export const demoPerson = { email: 'ada@example.com', password: 'run-edges-demo' };

/** What makes the apps seed themselves. Services that know nothing of it ignore it. */
export function demoEnv(people: number): Record<string, string> {
  return { DEMO_PEOPLE: `${people}`, DEMO_EMAIL: demoPerson.email, DEMO_PASSWORD: demoPerson.password };
}
