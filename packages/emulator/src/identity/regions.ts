import type { Project } from './project.ts';

/** Where Cloud Run is. @see https://docs.cloud.google.com/run/docs/locations */
const REGIONS: ReadonlySet<string> = new Set([
  'africa-south1',
  ...[
    'asia-east1',
    'asia-east2',
    'asia-northeast1',
    'asia-northeast2',
    'asia-northeast3',
    'asia-south1',
    'asia-south2',
  ],
  ...['asia-southeast1', 'asia-southeast2', 'asia-southeast3', 'australia-southeast1', 'australia-southeast2'],
  ...['europe-central2', 'europe-north1', 'europe-north2', 'europe-southwest1', 'europe-west1', 'europe-west2'],
  ...['europe-west3', 'europe-west4', 'europe-west6', 'europe-west8', 'europe-west9', 'europe-west10', 'europe-west12'],
  ...['me-central1', 'me-central2', 'me-west1', 'northamerica-northeast1', 'northamerica-northeast2'],
  ...['northamerica-south1', 'southamerica-east1', 'southamerica-west1', 'us-central1', 'us-east1', 'us-east4'],
  ...['us-east5', 'us-south1', 'us-west1', 'us-west2', 'us-west3', 'us-west4'],
]);

/** Whether a project can have something there: its own region, whatever it is called, and Cloud Run's. */
export function isRegion(region: string, project: Project): boolean {
  return region === project.region || REGIONS.has(region);
}

/** A service by its name in the project's own region, and by `REGION/NAME` elsewhere: two regions may have the same name. */
export function regionalName(name: string, region: string, project: Project): string {
  return region === project.region ? name : `${region}/${name}`;
}

/** What a regional name says: the service's name, and the project as it is seen in its region. */
export function placeOfName(regional: string, project: Project): { readonly name: string; readonly project: Project } {
  const slash = regional.indexOf('/');
  if (slash < 0) return { name: regional, project };
  return { name: regional.slice(slash + 1), project: { ...project, region: regional.slice(0, slash) } };
}
