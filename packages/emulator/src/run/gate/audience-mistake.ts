import { shellWord } from '@run-edges/edges';
import { isGcloud } from '../../identity/tokens/user-credentials.ts';
import type { Mistake } from './mistake.ts';

/** What a service is called, for audiences. */
export interface AudienceFacts {
  readonly service: string;
  /** The URL that callers should use as audience. */
  readonly audience: string;
  /** Every URL under which the service is reached. */
  readonly origins: readonly string[];
  readonly customAudiences: readonly string[];
  /** URLs of the other services, by name. */
  readonly others: ReadonlyMap<string, readonly string[]>;
}

/** The nearest thing that is wrong with an audience that the service does not accept. */
export function audienceMistake(audience: string, facts: AudienceFacts): Mistake {
  const shown = JSON.stringify(audience);
  const use = `Use the audience ${facts.audience}`;
  const say = (reason: string, mend = `${use}.`): Mistake => ({ reason: `the audience ${shown} ${reason}`, mend });
  const url = URL.parse(audience);

  if (isGcloud(audience))
    return say(
      "is gcloud's own client id: this is a user's token, and user credentials cannot make one for a service",
      `Impersonate a service account: gcloud auth print-identity-token --impersonate-service-account=EMAIL ${shellWord(`--audiences=${facts.audience}`)}`,
    );
  if (audience.endsWith('.apps.googleusercontent.com')) return say('is an OAuth client id, not a service');
  if (audience === facts.service) return say('is the name of the service, not its URL');
  if (facts.origins.some((origin) => URL.parse(origin)?.host === audience))
    return say('is a host name without https://');
  if (url === null) return say('is no URL and no custom audience of the service');

  const tag = url.origin.indexOf('---');
  if (tag > 0 && facts.origins.includes(`https://${url.origin.slice(tag + 3)}`))
    return say('is the URL of a tag', `${use}, also when you call the tag.`);
  const own = facts.origins.includes(url.origin);
  if (own && audience.includes('?'))
    return say(
      'has a query, as Cloud Tasks and Scheduler make it of the target URL',
      `Set oidcToken.audience to ${facts.audience}`,
    );
  if (own && audience.includes('#')) return say('has a fragment');
  if (own && url.pathname !== '/') return say('has a path, where the URL of the service alone is an audience');
  if (own) return say('is written otherwise than the URL of the service');
  const other = [...facts.others].find(([, origins]) => origins.includes(url.origin))?.[0];
  if (other !== undefined) return say(`is the URL of ${other}, not of ${facts.service}`);
  const custom = facts.customAudiences.find(
    (one) => one.toLowerCase().replace(/\/$/, '') === audience.toLowerCase().replace(/\/$/, ''),
  );
  if (custom !== undefined) return say('differs from a custom audience, which counts byte for byte', `Use ${custom}`);
  if (/\.cloudfunctions\.net$/.test(url.host))
    return say(
      'is the URL of a Cloud Function, whose audience is its whole URL; a Cloud Run service is named by its own',
    );
  if (/\.run\.app$/.test(url.host)) return say('is the URL of no service here');
  if (/(^|\.)googleapis\.com$/.test(url.host)) return say("is an address of Google's APIs");
  return say(
    `is another domain, which ${facts.service} does not know`,
    `${use}, or make the domain a custom audience: gcloud run services update ${facts.service} ${shellWord(`--add-custom-audiences=${url.origin}`)}`,
  );
}
