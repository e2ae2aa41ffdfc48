import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TeamOptions, TeamReport } from './work.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

/** Teams at work in a separate process. */
export class Teams {
  readonly #child: ChildProcess;

  constructor(teams: readonly TeamOptions[]) {
    this.#child = fork(MAIN, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.send({ start: teams });
  }

  /** Their measurements since the last call. @throws Error when they have stopped */
  async take(): Promise<TeamReport> {
    if (this.#child.exitCode !== null)
      throw new Error(`the teams at work ended with ${this.#child.exitCode}`);
    const answer = once(this.#child, 'message');
    this.#child.send({ ask: 'take' });
    const [report] = (await answer) as [TeamReport];
    return report;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.send({ ask: 'stop' });
    await gone;
  }
}
