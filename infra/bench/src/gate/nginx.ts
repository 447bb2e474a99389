import { serve } from '../processes/serve.ts';
import { type RunningProgram, startSystemProgram } from '../processes/system-program.ts';

let nginx: RunningProgram | undefined;

/** Forwards on connections that are kept alive, writes no log, and checks nothing. */
function configuration(port: number, app: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${of};`);
  return `
daemon off; master_process off; worker_processes 1; pid pid; error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off; tcp_nodelay on; keepalive_requests 1000000000;
  ${temporary.join(' ')}
  upstream app { server ${new URL(app).host}; keepalive 64; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}
`;
}

const handlers = {
  open: async (app: string): Promise<string> => {
    nginx = await startSystemProgram({
      command: 'nginx',
      argumentsFor: (file, folder) => ['-p', folder, '-c', file, '-e', 'stderr'],
      configuration: (port) => configuration(port, app),
    });
    return nginx.url;
  },
};
export type NginxHandlers = typeof handlers;

serve(handlers, async () => nginx?.[Symbol.asyncDispose]());
