import type { CanonicalRequest } from '../../request/types.ts';
import type { TagsRuling } from '../ruling.ts';
import type { TagPlaces } from '../tag-places.ts';
import type { TenancyRequest, TenancyStrategy, TenancyVerdict } from '../tenancy-strategy.ts';
import { TagsJudge, type TagsJudgeOptions } from './judge/tags-judge.ts';
import { TagsSettler, type TagsSettlerOptions } from './settle/tags-settler.ts';

export type TagsOptions = TagsJudgeOptions & TagsSettlerOptions;

/**
 * Tenancy by a tag, for an MLflow without workspaces: each resource that a tenant creates is tagged with its name, each
 * search is filtered by it, and each resource that a request names is looked up first. MLflow itself knows no tenants.
 */
export class TagsStrategy implements TenancyStrategy<TagsRuling> {
  readonly name = 'tags';
  readonly #options: TagsOptions;
  readonly #judge: TagsJudge;
  readonly #settler: TagsSettler;

  constructor(options: TagsOptions) {
    this.#options = options;
    this.#judge = new TagsJudge(options);
    this.#settler = new TagsSettler(options);
  }

  judge(request: TenancyRequest): TagsRuling {
    return this.#judge.judge(request);
  }

  settle(ruling: TagsRuling): Promise<TenancyVerdict> | TenancyVerdict {
    return this.#settler.settle(ruling);
  }

  hiddenTag(
    caller: TenancyRequest,
    requests: readonly CanonicalRequest[],
    places: TagPlaces,
  ): TagPlaces | undefined {
    return this.#judge.hiddenTag(caller, requests, places);
  }

  isOwn(tags: unknown, tenant: string): boolean {
    return this.#options.tag.ownerIn(tags) === tenant;
  }
}
