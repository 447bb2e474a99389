/** The service account whose tokens `createSigningKey` makes. */
export const CALLER = 'login-run@bench-project.iam.gserviceaccount.com';
