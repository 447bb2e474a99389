import { createServer } from 'node:http';

createServer((_, response) => response.end(process.env.K_SERVICE)).listen(process.env.PORT);
