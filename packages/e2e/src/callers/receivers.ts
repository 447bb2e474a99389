import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { create, createFileRegistry, type DescService, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { WebSocketServer } from 'ws';

/** The service of the recipe for Connect: `say` of `demo.Hello`, from a StringValue to a StringValue, as protoc has it. */
export const HELLO: DescService = describe();

function describe(): DescService {
  const TEXT = '.google.protobuf.StringValue';
  const wrappers = create(FileDescriptorProtoSchema, {
    name: 'google/protobuf/wrappers.proto',
    package: 'google.protobuf',
    syntax: 'proto3',
    messageType: [{ name: 'StringValue', field: [{ name: 'value', number: 1, type: 9, label: 1, jsonName: 'value' }] }],
  });
  const hello = create(FileDescriptorProtoSchema, {
    name: 'hello.proto',
    package: 'demo',
    syntax: 'proto3',
    dependency: ['google/protobuf/wrappers.proto'],
    service: [{ name: 'Hello', method: [{ name: 'Say', inputType: TEXT, outputType: TEXT }] }],
  });
  const set = create(FileDescriptorSetSchema, { file: [wrappers, hello] });
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, toBinary(FileDescriptorSetSchema, set)));
  const service = registry.getService('demo.Hello');
  if (service === undefined) throw new Error('The descriptor has no service.');
  return service;
}

/** One service that speaks plain HTTP, WebSocket, Connect and MCP; it knows nothing of tokens. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  requests(): number;
}

export async function startReceiver(): Promise<Receiver> {
  let requests = 0;
  const connect = connectNodeAdapter({
    routes: (router) =>
      void router.service(HELLO, { say: ({ value }: { value: string }) => ({ value: `hello ${value}` }) } as never),
  });
  const server = createServer((request, response) => {
    requests += 1;
    if (request.url === '/mcp') void answerMcp(request, response);
    else if (request.url?.startsWith('/demo.Hello/')) connect(request, response);
    else response.end('hello');
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    requests += 1;
    socket.send('hello');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answerMcp(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const tools = new McpServer({ name: 'tools', version: '1.0.0' });
  tools.registerTool('hello', { description: 'Says hello.' }, () => ({ content: [{ type: 'text', text: 'hello' }] }));
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined } as never);
  response.on('close', () => void tools.close());
  await tools.connect(transport as never);
  await transport.handleRequest(request, response);
}
