import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const PIP = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
/** Compiled as pip does: a start of MLflow imports 2,400 modules, and takes twice the processor time if Python compiles them. */
const UV = ['pip', 'install', '--no-progress', '--compile-bytecode'];

/** A program is missing on this machine; the message says what to install. */
export class MlflowEnvError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MlflowEnvError';
  }
}

/**
 * Installs packages with the pip of a Python environment, or with the uv that `MLFLOW_GATEWAY_UV` names, which takes
 * seconds where pip takes a minute (https://docs.astral.sh/uv/pip/); progress goes to `report`, the complete output to `log`.
 *
 * @throws {MlflowEnvError} if the installation fails; the message ends with its last lines.
 * @example
 * await pipInstall('/env/bin/python', ['mlflow==3.18.0'], '/env.install.log', console.error);
 */
export function pipInstall(
  python: string,
  packages: readonly string[],
  log: string,
  report: (line: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const uv = process.env.MLFLOW_GATEWAY_UV;
    const [command, args] = uv ? [uv, [...UV, '--python', python]] : [python, PIP];
    const child = spawn(command, [...args, ...packages], { stdio: ['ignore', 'pipe', 'pipe'] });
    const lines: string[] = [];
    let collected = 0;
    const onLine = (line: string): void => {
      lines.push(line);
      if (/^Collecting /.test(line) && ++collected % 15 === 0) report(`  ${collected} packages found`);
      if (/^Installing collected packages/.test(line))
        report(`  unpacking ${line.split(',').length} packages`);
    };
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        const parts = (rest + chunk).split('\n');
        rest = parts.pop()!;
        parts.forEach(onLine);
      });
      stream.on('end', () => rest && onLine(rest));
    }
    child.on('error', reject);
    child.on('close', (code) => {
      writeFileSync(log, `${lines.join('\n')}\n`);
      if (code === 0) return resolve();
      reject(
        new MlflowEnvError(
          `${uv ? 'uv' : 'pip'} failed (complete output: ${log}):\n${lines.slice(-15).join('\n')}`,
        ),
      );
    });
  });
}
