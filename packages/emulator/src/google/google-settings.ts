import { between, checkSettings, type Kind, type Kinds } from '../internal/check-settings.ts';

/** How Google's services besides the gates behave where its documents leave room. Each default is the better supported reading. */
export interface GoogleSettings {
  /** What the metadata server answers to `Metadata-Flavor` with another value than Google. Default 403; some saw 404. */
  readonly wrongFlavorStatus?: 403 | 404;
  /** Content type of the metadata server's ID tokens. Default `text/html`; some saw `application/text`. */
  readonly identityType?: 'text/html' | 'application/text';
  /** Whether the metadata server gives the same ID token until 5 minutes of it are left. Default true; Compute Engine makes a new one each time. */
  readonly cacheIdTokens?: boolean;
  /** Seconds that the clock of who signs an assertion for `/token` may be wrong. Default 300; reports go from 8 to 10 minutes. */
  readonly assertionSkew?: number;
  /** Whether an organization policy forbids `allUsers` and `allAuthenticatedUsers` in IAM policies that are written. Default false. */
  readonly domainRestrictedSharing?: boolean;
  /**
   * What the default compute account may do in a new project: `editor`, roles/editor on the project, as everywhere before
   * May 2024; `none`, as in organizations that were made since, where the constraint
   * iam.automaticIamGrantsForDefaultServiceAccounts is enforced. Default `none`: what runs without an account of its own
   * calls nobody whom it has no edge to.
   * @see https://docs.cloud.google.com/resource-manager/docs/secure-by-default-organizations
   */
  readonly newProjectDefaults?: 'none' | 'editor';
}

export type ResolvedGoogleSettings = Required<GoogleSettings>;

const defaults: ResolvedGoogleSettings = {
  wrongFlavorStatus: 403,
  identityType: 'text/html',
  cacheIdTokens: true,
  assertionSkew: 300,
  domainRestrictedSharing: false,
  newProjectDefaults: 'none',
};

const kinds: Kinds & Readonly<Record<keyof GoogleSettings, Kind>> = {
  wrongFlavorStatus: [403, 404],
  identityType: ['text/html', 'application/text'],
  cacheIdTokens: 'flag',
  assertionSkew: between(0, 3600),
  domainRestrictedSharing: 'flag',
  newProjectDefaults: ['none', 'editor'],
};

/** @throws EmulatorError SETTING_INVALID */
export function resolveGoogleSettings(settings: GoogleSettings = {}): ResolvedGoogleSettings {
  checkSettings({ ...settings }, { kinds, what: 'setting of google', code: 'SETTING_INVALID' });
  return { ...defaults, ...settings };
}
