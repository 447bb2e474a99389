import { loadConfig, startService } from '@run-edges/service';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';

const config = loadConfig('user-profiles', configSchema);
await startService(() => buildApp(config), { name: 'user-profiles', port: config.PORT });
