import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandOutsideImage } from '../../build/image-command.ts';
import type { DemoIdp } from '../../dev/demo-idp.ts';
import { startGateway } from '../../dev/gateway-process.ts';
import { freePort } from '../../dev/ports.ts';
import { startProcess } from '../../dev/process.ts';
import { type Contender, untilListening } from '../contender.ts';

const HOST = '127.0.0.1';

/**
 * The command of the image for the bundle of a checkout, with the folders that it may use elsewhere.
 *
 * @param checkout a folder with `Dockerfile` and `dist/image/`, or only `dist/`
 * @param dir where sockets and the audit file are
 */
export function bundledCommand(checkout: string, dir: string): readonly string[] {
  const image = join(checkout, 'dist/image');
  return commandOutsideImage(checkout, {
    '/opt/mlflow-gateway': existsSync(image) ? image : join(checkout, 'dist'),
    '/run/mlflow': dir,
    '/var/log/mlflow-gateway': dir,
  });
}

/** The configuration of the bundled gateway, with all of its checks: tokens, roles, workspaces, an audit file and metrics. */
export async function fullConfiguration(
  upstream: string,
  dir: string,
  idp: DemoIdp,
): Promise<Readonly<Record<string, string>>> {
  return {
    GW_TARGET_BASE_URL: upstream,
    GW_AUTH_MODE: 'oidc',
    GW_OIDC_ISSUER: idp.issuer,
    GW_OIDC_AUDIENCE: idp.audience,
    GW_TENANCY: 'workspaces',
    GW_AUDIT_FILE: join(dir, 'audit.jsonl'),
    GW_METRICS_HOST: HOST,
    GW_METRICS_PORT: String(await freePort()),
  };
}

/** Starts the bundle of a checkout as the image does, and waits until it is ready. */
export async function startBundledGateway(
  name: string,
  checkout: string,
  upstream: string,
  dir: string,
  idp: DemoIdp,
): Promise<Contender> {
  mkdirSync(dir, { recursive: true });
  const { port, pid, log } = await startGateway({
    dir,
    command: bundledCommand(checkout, join(dir, '..')),
    env: await fullConfiguration(upstream, dir, idp),
  });
  return { name, target: { host: HOST, port }, pid, log };
}

/** Starts one of the baselines: a script that takes a port and the upstream. */
export async function startBaseline(
  name: string,
  script: 'bare-proxy.ts' | 'bundled/plain-proxy.ts',
  upstream: string,
  dir: string,
): Promise<Contender> {
  const port = await freePort();
  const child = await startScript(script, [String(port), upstream], join(dir, `${port}.log`));
  await untilListening(child, port, name);
  return { name, target: { host: HOST, port }, pid: child.pid, log: child.log };
}

/** Starts the stub with files; returns its address. */
export async function startFiles(dir: string): Promise<string> {
  const socket = join(dir, 'files.sock');
  await startScript('bundled/files-upstream.ts', [socket], join(dir, 'files.log'));
  return `unix:${socket}`;
}

function startScript(script: string, args: readonly string[], log: string) {
  closeSync(openSync(log, 'w'));
  return startProcess({
    name: script,
    command: process.execPath,
    args: [fileURLToPath(new URL(`../${script}`, import.meta.url)), ...args],
    env: { PATH: process.env.PATH },
    log,
  });
}
