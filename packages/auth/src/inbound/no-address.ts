/** What else stands in policies and variables, and why no token can be compared with it. */
const OTHERS: readonly (readonly [form: RegExp, why: string])[] = [
  [
    /^(?:serviceAccount|user):/,
    'It holds a member of a policy: give the e-mail address alone, without what stands before it.',
  ],
  [/^(?:group|domain):/, 'It holds a group or a domain: no token says who belongs to it. Give each address.'],
  [/^project\w+:/, 'It holds the holders of a role: no token says what roles its caller has. Give each address.'],
  [
    /^principal\w*:/,
    'It holds a federated principal, who has no ID token: give the address of the account that it acts as.',
  ],
  [
    /^(?:\*|all(?:Authenticated)?Users)$/,
    'It holds everybody: `allowedCallers: null` takes every caller whose token is valid.',
  ],
  [/^deleted:/, 'It holds an account that was deleted.'],
  [/\/serviceAccounts\//, 'It holds the name of a resource: give the e-mail address alone.'],
  [/^\d+$/, 'It holds a unique id: tokens are compared by their e-mail address.'],
];

/** Says what a list holds in place of e-mail addresses, where that is known. */
export function whyNoAddresses(values: unknown): string | undefined {
  if (!Array.isArray(values)) return undefined;
  const texts = values.filter((value) => typeof value === 'string').map((value) => value.trim());
  return OTHERS.find(([form]) => texts.some((text) => form.test(text)))?.[1];
}
