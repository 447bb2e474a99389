// Ends with 0 when the server in this container says that it is ready: node health.js PATH
import { get } from 'node:http';

const [path = '/health/ready'] = process.argv.slice(2);
const { HOST: host = '127.0.0.1', PORT: port = 8080 } = process.env;
get({ host, port, path, timeout: 2_000 }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1))
  .on('timeout', () => process.exit(1))
  .on('error', () => process.exit(1));
