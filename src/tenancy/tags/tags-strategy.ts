<<<<<<< 26d0db19dbf5f13615ac5d731c9dbad8434e660f
import type { Operation, TagItem } from '../../catalog/types.ts';
import type { Turns } from '../../concurrency/turns.ts';
import { DenialError } from '../../denial.ts';
import { lookupFailed, operationById, writeCall } from '../../mlflow/call.ts';
import { printable } from '../../request/printable.ts';
import type { CanonicalRequest, FieldUse } from '../../request/types.ts';

import type { Upstream } from '../../upstream/types.ts';
import { askEach, requireFewLookups } from '../ask-each.ts';
import { namesTag } from '../filter/tenant-filter.ts';
import type { Kinds } from '../kinds.ts';
import { CHOOSE } from '../not-found.ts';
import { checkRule } from '../operation-rule.ts';
import type { ReservedTags } from '../reserved-tags.ts';
import { refuseJudges } from '../scorer-json.ts';
import { readStorageUri } from '../storage-uri.ts';
import { type TagPlaces, tagPlaces } from '../tag-places.ts';
import type { Judgement, TenancyQuestion, TenancyStrategy, TenancyVerdict } from '../tenancy-strategy.ts';
import { HiddenTag } from './hidden-tag/hidden-tag.ts';
import { checkForm } from './judge/check-values.ts';
import { ClaimReader, type Judged } from './judge/read-references.ts';
import { countRepeated } from './judge/repeated-tag.ts';
import { mapAt } from './judge/replace-at.ts';
import { RequestWriter } from './judge/write-request.ts';
import { type Plan, planOperation } from './plan.ts';
import { type Reference, textAt } from './resource.ts';
import { keepOwnItems } from './settle/keep-own-items.ts';
import type { NameLocks } from './settle/name-locks.ts';
import { OwnerCheck } from './settle/owner-check.ts';
import { type Claim, type Claimant, notFound, type Ownership } from './settle/ownership.ts';
import type { Findings, StorageOwnership } from './settle/storage-ownership.ts';
import type { TenantTag } from './tenant-tag.ts';
=======
import type { CanonicalRequest } from '../../request/types.ts';
import type { TagsRuling } from '../ruling.ts';
import type { TagPlaces } from '../tag-places.ts';
import type { TenancyRequest, TenancyStrategy, TenancyVerdict } from '../tenancy-strategy.ts';
import { TagsJudge, type TagsJudgeOptions } from './judge/judge.ts';
import { TagsSettler, type TagsSettlerOptions } from './settle/settle.ts';
>>>>>>> dc1787629d01eccd2526fa07e2f94657659a3c01

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
