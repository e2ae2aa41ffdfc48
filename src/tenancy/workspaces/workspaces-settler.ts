import { askEach } from '../ask-each.ts';
import { notFound } from '../not-found.ts';
import type { WorkspacesQuestion } from '../question.ts';
import type { WorkspacesRuling } from '../ruling.ts';
import { liesIn } from '../storage-target.ts';
import type { TenancyVerdict } from '../tenancy-strategy.ts';
import type { ChosenIds } from './chosen-ids.ts';
import { keepNamed } from './keep-named.ts';
import type { KnownWorkspaces } from './known-workspaces.ts';
import { storageRefused } from './storage-refused.ts';
import type { WorkspaceLookup } from './workspace-lookup.ts';

export interface WorkspacesSettlerOptions {
  readonly known: KnownWorkspaces;
  readonly lookup: WorkspaceLookup;
  readonly chosen: ChosenIds;
}

/**
 * The asynchronous step of the strategy `workspaces`: asks whether the workspace exists, then the other questions, a few at
 * once.
 *
 * @example
 * const verdict = await settler.settle(judge.judge(tenancyRequest));
 */
export class WorkspacesSettler {
  readonly #options: WorkspacesSettlerOptions;

  constructor(options: WorkspacesSettlerOptions) {
    this.#options = options;
  }

  /** @throws DenialError, or rejects with it, to refuse the request */
  settle(ruling: WorkspacesRuling): Promise<TenancyVerdict> | TenancyVerdict {
    const { workspace, questions } = ruling;
    if (workspace === undefined) return this.#verdict(ruling);
    // Nearly always the workspace is known, and a promise would cost a turn of the event loop's microtasks.
    for (const question of questions)
      if (!this.#isKnown(question, workspace)) return this.#askAll(ruling, workspace);
    return this.#verdict(ruling);
  }

  #isKnown(question: WorkspacesQuestion, workspace: string): boolean {
    if (question.ask === 'workspace') return this.#options.known.has(workspace);
    if (question.ask !== 'exists') return false;
    const { kind, id } = question.reference;
    return this.#options.lookup.known(workspace, kind, id) !== undefined;
  }

  async #askAll(ruling: WorkspacesRuling, workspace: string): Promise<TenancyVerdict> {
    const open = ruling.questions.filter((question) => !this.#isKnown(question, workspace));
    // The workspace by itself: it may have to be created before MLflow can answer a question about it.
    const [first, ...rest] = open;
    const alone = first?.ask === 'workspace';
    if (alone) await this.#ask(first, workspace);
    await askEach(alone ? rest : open, (question) => this.#ask(question, workspace));
    return this.#verdict(ruling);
  }

  async #ask(question: WorkspacesQuestion, workspace: string): Promise<void> {
    const { known, lookup, chosen } = this.#options;
    switch (question.ask) {
      case 'workspace':
        return known.require(workspace);
      case 'exists': {
        const { reference } = question;
        const found = await lookup.find(workspace, reference.kind, reference.id);
        if (found === undefined) throw notFound(reference);
        return;
      }
      case 'free-ids':
        return chosen.requireFree(workspace, question.references);
      case 'stored-beside':
        return this.#requireStoredBeside(question, workspace);
    }
  }

  /** A location proves nothing by itself; it must lie where a run or model named beside it keeps its artifacts. */
  async #requireStoredBeside(
    { uri, at, candidates }: Extract<WorkspacesQuestion, { ask: 'stored-beside' }>,
    workspace: string,
  ): Promise<void> {
    for (const { kind, id } of candidates) {
      const location = (await this.#options.lookup.find(workspace, kind, id))?.location;
      if (location !== undefined && liesIn(uri, location)) return;
    }
    throw storageRefused(at);
  }

  #verdict({ request, headers, response, changes }: WorkspacesRuling): TenancyVerdict {
    for (const workspace of changes) this.#options.known.forget(workspace);
    return { request, headers, transform: response && keepNamed(response) };
  }
}
