import type { WorkspacesRuling } from '../ruling.ts';
import type { TenancyRequest, TenancyStrategy, TenancyVerdict } from '../tenancy-strategy.ts';
import { WorkspacesJudge, type WorkspacesJudgeOptions } from './workspaces-judge.ts';
import { WorkspacesSettler, type WorkspacesSettlerOptions } from './workspaces-settler.ts';

export type WorkspacesOptions = WorkspacesJudgeOptions & WorkspacesSettlerOptions;

/** Tenancy by MLflow's own workspaces: the gateway pins the workspace header, and MLflow separates most of the data. */
export class WorkspacesStrategy implements TenancyStrategy<WorkspacesRuling> {
  readonly name = 'workspaces';
  readonly #judge: WorkspacesJudge;
  readonly #settler: WorkspacesSettler;

  constructor(options: WorkspacesOptions) {
    this.#judge = new WorkspacesJudge(options);
    this.#settler = new WorkspacesSettler(options);
  }

  judge(request: TenancyRequest): WorkspacesRuling {
    return this.#judge.judge(request);
  }

  settle(ruling: WorkspacesRuling): Promise<TenancyVerdict> | TenancyVerdict {
    return this.#settler.settle(ruling);
  }
}
