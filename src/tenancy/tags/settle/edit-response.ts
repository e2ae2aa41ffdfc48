import { textAt } from '../../../catalog/json-path.ts';
import type { TagItem } from '../../../catalog/types.ts';
import { DenialError } from '../../../denial.ts';
import { operationById, writeCall } from '../../../mlflow/call.ts';
import { parseResponse } from '../../../upstream/response-json.ts';
import type { Upstream, UpstreamResponse } from '../../../upstream/types.ts';
import type { Kinds } from '../../kinds.ts';
import { notFound } from '../../not-found.ts';
import { callAbout, type ResourceCall } from '../../qualified-call.ts';
import type { Caller, Reference } from '../../reference.ts';
import type { TagsResponseRule } from '../../ruling.ts';
import type { TenancyVerdict } from '../../tenancy-strategy.ts';
import { readResource } from '../resource.ts';
import type { TenantTag } from '../tenant-tag.ts';
import { keepOwnItems } from './keep-own-items.ts';
import type { Ownership } from './ownership.ts';

export interface ResponseEditorOptions {
  readonly kinds: Kinds;
  readonly ownership: Ownership;
  readonly tag: TenantTag;
  readonly tagItem: TagItem;
  readonly upstream: Upstream;
}

/**
 * Carries out the response rules of a ruling: filters a list, tags a created resource, or compares the owner.
 *
 * @example
 * const transform = responses.transform(ruling.response, ruling.caller);
 */
export class ResponseEditor {
  readonly #options: ResponseEditorOptions;

  constructor(options: ResponseEditorOptions) {
    this.#options = options;
  }

  transform(rule: TagsResponseRule, caller: Caller): NonNullable<TenancyVerdict['transform']> {
    switch (rule.rule) {
      case 'keep-owned':
        return keepOwnItems(rule, (keys) =>
          this.#options.ownership.keep(keys, { tenant: caller.tenant, shared: false }),
        );
      case 'tag-created':
        return (answer) => this.#tagCreated(answer, rule, caller);
      case 'require-owner':
        return (answer) => this.#requireOwner(answer, rule.reference, caller);
    }
  }

  /** Sets the tenant tag on a resource that MLflow creates without one, before the caller gets the response. */
  async #tagCreated(
    { body }: UpstreamResponse,
    { operation, field, created }: Extract<TagsResponseRule, { rule: 'tag-created' }>,
    caller: Caller,
  ): Promise<Buffer> {
    if ('idIn' in created) {
      const id = textAt(parseResponse(body), created.idIn);
      if (id === undefined) throw untagged();
      await this.#tag({ operation: operationById(operation), values: { [field]: id } }, caller);
      return body;
    }
    const { kinds } = this.#options;
    for (const reference of created.chosen) {
      if (await this.#isTagged(reference, caller)) continue;
      await this.#tag(callAbout(kinds.get(reference.kind), operation, field, reference.id), caller);
    }
    return body;
  }

  async #tag({ operation, values }: ResourceCall, { tenant }: Caller): Promise<void> {
    const { upstream, tagItem, tag } = this.#options;
    const tagging = { ...values, [tagItem.key]: tag.key, [tagItem.value]: tenant };
    const { status } = await upstream.ask(writeCall(operation, tagging, {}));
    if (status !== 200) throw untagged();
  }

  /**
   * Whether a resource that MLflow has just created or added to has the tenant tag already.
   *
   * @throws DenialError `resource_not_found` if it is gone, or has another tenant's tag
   */
  async #isTagged(reference: Reference, { tenant }: Caller): Promise<boolean> {
    const found = await this.#options.ownership.look(reference, tenant);
    if (found === undefined || (found.owner !== undefined && found.owner !== tenant))
      throw notFound(reference);
    return found.owner === tenant;
  }

  /** The response is a lookup itself, and names the owner. */
  async #requireOwner({ body }: UpstreamResponse, reference: Reference, caller: Caller): Promise<Buffer> {
    const { kinds, tag, ownership } = this.#options;
    const lookup = kinds.lookupOf(reference.kind);
    const resource = readResource(parseResponse(body), lookup, tag);
    if (await ownership.isOwn(reference, resource, caller)) return body;
    throw notFound(reference);
  }
}

function untagged(): DenialError {
  return new DenialError('upstream_invalid', 'MLflow created the resource but rejected its ownership tag.');
}
