/**
 * A pod as the gateway finds it: a network namespace that a real MLflow on its socket, a gateway and another server share.
 * The gateway must find the other one at whatever port it listens, and be ready once it has gone.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mlflowEnv } from '../../dev/mlflow-env.ts';
import { MAIN } from '../harness/gateway-command.ts';

const run = promisify(execFile);
const NETWORK = 'ip link set lo up && ip addr add 10.9.9.9/24 dev lo && echo up && exec sleep 900';
const ASK =
  'fetch("http://10.9.9.9:5000/readyz").then(async (r) => console.log(r.status, await r.text()), () => console.log("0"))';

describe.skipIf(process.getuid?.() !== 0)(
  'a pod (skipped unless root, who can make network namespaces)',
  () => {
    const processes: ChildProcess[] = [];
    let dir: string;
    let mlflow: string;
    let pod: number;

    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'pod-'));
      ({ mlflow } = await mlflowEnv());
      const holder = spawn('unshare', ['-n', 'sh', '-c', NETWORK], { stdio: ['ignore', 'pipe', 'inherit'] });
      processes.push(holder);
      await once(holder.stdout, 'data');
      pod = holder.pid!;
      inPod([mlflow, 'server', '--workers', '1', '--backend-store-uri', `sqlite:///${dir}/a.db`], {
        UVICORN_UDS: join(dir, 'mlflow.sock'),
      });
    });
    afterAll(async () => {
      for (const child of processes.reverse()) await end(child);
      await rm(dir, { recursive: true, force: true });
    });

    const entered = (command: readonly string[]): [string, string[]] => [
      'nsenter',
      ['-t', String(pod), '-n', ...command],
    ];

    function inPod(command: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
      const common = {
        PATH: `${join(mlflow, '..')}:${process.env.PATH}`,
        HOME: dir,
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
        MLFLOW_DISABLE_TELEMETRY: 'true',
      };
      const [file, args] = entered(command);
      const child = spawn(file, args, {
        cwd: dir,
        detached: true,
        stdio: 'ignore',
        env: { ...common, ...env },
      });
      processes.push(child);
      return child;
    }

    function gateway(more: Readonly<Record<string, string>> = {}): ChildProcess {
      return inPod([process.execPath, MAIN, 'serve'], {
        GW_AUTH_MODE: 'off',
        GW_TARGET_BASE_URL: `unix:${join(dir, 'mlflow.sock')}`,
        GW_LISTEN_PORT: '5000',
        GW_SIDECAR_CHECK_PORTS: '5000',
        ...more,
      });
    }

    async function ready(matching: RegExp): Promise<string> {
      let said = '';
      for (const deadline = performance.now() + 90_000; performance.now() < deadline; await sleep(500)) {
        const [file, args] = entered([process.execPath, '-e', ASK]);
        said = (await run(file, args)).stdout;
        if (matching.test(said)) return said;
      }
      throw new Error(`/readyz still says ${said}`);
    }

    /** All processes of a server: its workers as well. */
    async function end(child: ChildProcess): Promise<void> {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        child.kill('SIGKILL');
      }
      await ended;
    }

    test('with its MLflow on the socket alone is ready; a second address of gunicorn’s is found and named', {
      timeout: 400_000,
    }, async () => {
      const first = gateway();
      await ready(/^200 /);
      const second = inPod(
        [
          mlflow,
          'server',
          ...['--port', '5001', '--workers', '1', '--backend-store-uri', `sqlite:///${dir}/b.db`],
          ...['--gunicorn-opts', '-b 0.0.0.0:8080'],
        ],
        {},
      );
      const open = await ready(/8080/);
      expect(open).toMatch(/^503 .*Something in the pod listens beside the gateway, at 0\.0\.0\.0:8080:/);
      // On loopback nobody outside the pod reaches it.
      expect(open).not.toContain('5001');

      // Allowed to others, the port is still not MLflow's.
      await end(first);
      gateway({ GW_SIDECAR_ALLOWED_PORTS: '8080' });
      expect(await ready(/8080/)).toMatch(
        /^503 .*MLflow can be reached around the gateway, at 0\.0\.0\.0:8080:/,
      );

      await end(second);
      await ready(/^200 /);
    });
  },
);
