import { loadConfig, startService } from '@run-edges/service';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';

const config = loadConfig('login', configSchema);
await startService(() => buildApp(config), { name: 'login', port: config.PORT });
