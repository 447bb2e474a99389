import { fastify } from 'fastify';

/** As little as a Fastify service can be, the baseline: it answers the path that the others are asked. */
const app = fastify();
app.get('/health/live', async () => ({ status: 'ok' }));
await app.listen({ host: '0.0.0.0', port: Number(process.env.PORT) });
process.on('SIGTERM', () => void app.close());
