// Answers at 169.254.169.254 in the network namespace that it shares with a service: hands each connection on, as it comes, to
// the metadata server by its name, where the service is known by its network.
import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream';

createServer((socket) => {
  pipeline(socket, connect(80, 'metadata.google.internal'), socket, () => undefined);
}).listen(80, '169.254.169.254');
