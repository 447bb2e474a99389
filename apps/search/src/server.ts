import { loadConfig, startService } from '@run-edges/service';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';

const config = loadConfig('search', configSchema);
await startService(() => buildApp(config), { name: 'search', port: config.PORT });
