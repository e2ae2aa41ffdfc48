import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../dev/ports.ts';
import { startProcess } from '../dev/process.ts';
import { type Contender, untilListening } from './contender.ts';

const run = promisify(execFile);

/**
 * The version of the nginx on this machine (in `folder`, on `PATH`, or in `/usr/sbin`), or `undefined`.
 *
 * @example
 * await nginxVersion(); // 'nginx/1.22.1'
 */
export async function nginxVersion(folder?: string): Promise<string | undefined> {
  try {
    const { stderr } = await run('nginx', ['-v'], { env: { PATH: searchPath(folder) } });
    return /nginx\/\S+/.exec(stderr)?.[0];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Starts nginx as a plain reverse proxy: one worker, kept connections to the upstream, its usual access log. Like the bare proxy, it
 * forwards every request without a check.
 *
 * @param folder the folder of the program, before `PATH`
 * @see https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive
 */
export async function startNginx(
  name: string,
  upstream: string,
  dir: string,
  folder?: string,
): Promise<Contender & { stop(): Promise<void> }> {
  const port = await freePort();
  const home = join(dir, `nginx-${port}`);
  mkdirSync(home, { recursive: true });
  const file = join(home, 'nginx.conf');
  writeFileSync(file, configuration(upstream, port, home));
  const child = await startProcess({
    name: 'nginx',
    command: 'nginx',
    args: ['-p', home, '-c', file, '-e', 'stderr'],
    env: { PATH: searchPath(folder) },
    log: join(home, 'nginx.log'),
  });
  await untilListening(child, port, 'nginx');
  return { name, target: { host: '127.0.0.1', port }, pid: child.pid, log: child.log, stop: child.stop };
}

/** @param upstream `unix:/path.sock` or `http://host:port` */
function configuration(upstream: string, port: number, home: string): string {
  const server = upstream.replace(/^http:\/\//, '');
  // Without a master process the one worker is the process that was started, so its processor time can be read.
  return `daemon off;
master_process off;
worker_processes 1;
pid ${home}/nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log ${home}/access.log;
  client_body_temp_path ${home}/body;
  proxy_temp_path ${home}/proxy;
  fastcgi_temp_path ${home}/fastcgi;
  uwsgi_temp_path ${home}/uwsgi;
  scgi_temp_path ${home}/scgi;
  tcp_nodelay on;
  # Files pass through: no limit, and no copy on the disk.
  client_max_body_size 0;
  proxy_request_buffering off;
  proxy_max_temp_file_size 0;
  keepalive_requests 1000000000;
  upstream mlflow {
    server ${server};
    keepalive 64;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://mlflow;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host localhost;
    }
  }
}
`;
}

function searchPath(folder = ''): string {
  return `${folder}:${process.env.PATH ?? ''}:/usr/sbin`;
}
