/** What reads these variables for something else than the URL of a receiver, mostly without a word of the program. */
const readers: readonly (readonly [what: string, variables: readonly string[]])[] = [
  ["a service's own address", ['SERVICE_URL']],
  ["the address of Google's keys", ['GOOGLE_CERTS_URL']],
  [
    "a database's address",
    [
      ...['DATABASE_URL', 'JDBC_DATABASE_URL', 'POSTGRES_URL', 'POSTGRESQL_URL', 'MYSQL_URL', 'MARIADB_URL'],
      ...['MONGO_URL', 'MONGODB_URL', 'REDIS_URL', 'REDIS_TLS_URL', 'VALKEY_URL', 'MEMCACHED_URL'],
      ...['ELASTICSEARCH_URL', 'OPENSEARCH_URL', 'SOLR_URL'],
    ],
  ],
  [
    "a message broker's address",
    ['AMQP_URL', 'RABBITMQ_URL', 'CLOUDAMQP_URL', 'CELERY_BROKER_URL', 'KAFKA_URL', 'NATS_URL'],
  ],
  // Playwright and Nuxt, Meteor, NextAuth.js, Vercel.
  ["an application's own address", ['BASE_URL', 'ROOT_URL', 'NEXTAUTH_URL', 'VERCEL_URL']],
  ['what an SDK takes for its API', ['AWS_ENDPOINT_URL', 'OPENAI_BASE_URL', 'ANTHROPIC_BASE_URL', 'SENTRY_URL']],
  ['GitHub Actions', ['GITHUB_API_URL', 'GITHUB_GRAPHQL_URL', 'GITHUB_SERVER_URL']],
];

const readerOf = new Map(readers.flatMap(([what, variables]) => variables.map((name) => [name, what] as const)));

/** Beginnings that are somebody's, whatever comes after. */
const families: readonly (readonly [beginning: string, what: string])[] = [
  ['CLOUD_RUN_', 'Cloud Run'],
  ['X_GOOGLE_', 'Cloud Run, which refuses it'],
  ['CLOUDSDK_', 'gcloud, as a setting'],
  ['NPM_CONFIG_', 'npm, as a setting'],
  ['RUN_EDGES_', 'run-edges, as a setting'],
];

/** What a variable of the form `NAME_URL` means to others, or undefined where it is free. */
export function takenBy(variable: string): string | undefined {
  return readerOf.get(variable) ?? families.find(([beginning]) => variable.startsWith(beginning))?.[1];
}

/** Names of services whose variable is taken, as the mend and the README list them. */
export const takenNames: readonly string[] = [
  ...[...readerOf.keys()].map((variable) => serviceOf(variable.replace(/_URL$/, ''))),
  ...families.map(([beginning]) => `${serviceOf(beginning)}*`),
].sort();

function serviceOf(variable: string): string {
  return variable.toLowerCase().replaceAll('_', '-');
}
