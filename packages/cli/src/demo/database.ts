/** The container of a service's database. */
export function databaseOf(service: string): string {
  return `${service}-postgres`;
}

/**
 * A PostgreSQL server for one service of the demo, on that service's network alone: nobody else can reach it, so that it asks for
 * no password. Started with the profile `postgres`.
 */
export function databaseContainer(service: string): object {
  return {
    image: 'postgres:17-bookworm',
    profiles: ['postgres'],
    user: '999:999',
    shm_size: '64m',
    environment: { POSTGRES_USER: 'app', POSTGRES_DB: 'app', POSTGRES_HOST_AUTH_METHOD: 'trust' },
    healthcheck: { test: ['CMD', 'pg_isready', '--username=app'], interval: '2s', timeout: '3s', start_period: '30s' },
    tmpfs: ['/tmp:size=16m', '/var/run/postgresql:uid=999,gid=999'],
    volumes: [`${databaseOf(service)}-state:/var/lib/postgresql/data`],
    networks: { [service]: { aliases: ['postgres'] } },
  };
}
