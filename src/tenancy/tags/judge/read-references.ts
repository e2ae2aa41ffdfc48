import type { ConfinedPlan, TagItem } from '../../../catalog/types.ts';
import { DenialError } from '../../../denial.ts';
import { printable } from '../../../request/printable.ts';
import type { FieldUse } from '../../../request/types.ts';
import { requireFewLookups } from '../../ask-each.ts';
import type { Kinds } from '../../kinds.ts';
import { notFound } from '../../not-found.ts';
import { isNew, keyOf, type Reference, type ResourceKey } from '../../reference.ts';
import { readStorageUri } from '../../storage-target.ts';
import { isOwnable } from '../resource.ts';
import type { TenantTag } from '../tenant-tag.ts';
import { promptIn } from './prompt-uri.ts';

/** The references in the values of a request, before any question to MLflow. */
export interface RequestReferences {
  /** Must be the caller's own, or free where the caller chose the id. */
  readonly required: Reference[];
  /** Are not sent unless they are the caller's own. */
  readonly optional: Reference[];
  /** The resources that a search searches in. */
  readonly searchedIn: ResourceKey[];
  /** MLflow looks for them inside another resource, which the request names by the field `beside`. */
  readonly inside: (Reference & { readonly beside: string })[];
  /** Places in storage that must lie inside a resource of the caller's: paths of the artifact proxy, and URIs. */
  readonly paths: FieldUse[];
  readonly uris: FieldUse[];
  /** Names to lock (see `NamesToLock`). */
  readonly shared: string[];
  readonly exclusive: string[];
  readonly perTenant: string[];
  /** How often the request writes the tenant tag where the gateway does not set it. */
  tenantTags: number;
}

/**
 * Reads out of a request which resources and places it refers to, and which names it uses or takes.
 *
 * @example
 * new ReferenceReader(kinds, tag, TAG_ITEM).read(request.uses, plan, false).required;
 */
export class ReferenceReader {
  readonly #kinds: Kinds;
  readonly #tag: TenantTag;
  readonly #item: TagItem;

  constructor(kinds: Kinds, tag: TenantTag, item: TagItem) {
    this.#kinds = kinds;
    this.#tag = tag;
    this.#item = item;
  }

  /**
   * @param platformAdmin whether server-owned resources need no lookup
   * @throws DenialError `invalid_field`, `resource_not_found`
   */
  read(uses: readonly FieldUse[], plan: ConfinedPlan, platformAdmin: boolean): RequestReferences {
    const found: RequestReferences = {
      required: [],
      optional: [],
      searchedIn: [],
      inside: [],
      paths: [],
      uris: [],
      shared: [],
      exclusive: [],
      perTenant: [],
      tenantTags: 0,
    };
    const within = 'within' in plan ? plan.within?.at : undefined;
    const stamped = plan.rule === 'create' ? plan.stamp.at : undefined;
    const keeps = plan.rule === 'create' && plan.keeps === true;
    const seen = new Set<string>();
    const require = (kind: string, id: string, at: string): void => {
      const known = this.#kinds.get(kind);
      const { through, serverOwned, lookup } = known ?? {};
      const beside = lookup?.beside;
      if (through !== undefined && beside !== undefined) found.inside.push({ kind, id, at, beside });
      if (through !== undefined || (serverOwned && platformAdmin)) return;
      const reference = { kind, id, at };
      if (!isOwnable(known)) throw notFound(reference);
      if (!isNew(seen, keyOf(reference))) return;
      found.required.push(reference);
      this.#lock(reference, found);
    };
    for (const use of uses) {
      const { policy, value, at } = use;
      switch (policy.class) {
        case 'reference':
          if (at === within) {
            if (!isNew(seen, `within\n${value}`)) break;
            found.searchedIn.push({ kind: policy.kind, id: value });
            this.#lock({ kind: policy.kind, id: value }, found);
          } else if (value === '') break;
          else if (policy.elseLeftOut) found.optional.push({ kind: policy.kind, id: value, at });
          else require(policy.kind, value, at);
          break;
        case 'new-name': {
          const key = { kind: policy.kind, id: value };
          if (!this.#kinds.get(policy.kind)?.chosen) found.exclusive.push(keyOf(key));
          // A batch of spans names the same trace many times.
          else if (isNew(seen, keyOf(key))) {
            found.required.push({ ...key, at, mayBeNew: true });
            this.#lock(key, found);
          }
          break;
        }
        case 'tag-key':
          if (at !== stamped && at !== `${stamped}.${this.#item.key}` && this.#tag.isKey(value))
            found.tenantTags += 1;
          break;
        case 'mention':
          if (this.#kinds.looksLike(policy.kind, value)) require(policy.kind, value, at);
          break;
        case 'prompt-uri':
          require('registered-model', promptNameIn(value, at), at);
          break;
        case 'artifact-path':
          if (policy.root === 'server') found.paths.push(use);
          break;
        case 'storage-uri': {
          const read = readStorageUri(value);
          // The source of a version is looked up once, when the version is created. A place to keep artifacts at would be
          // looked up by each later request, when the name may be another tenant's; and MLflow reads a placeholder there as
          // a directory of the server.
          if (keeps ? value !== '' : read.target === 'location' || read.target === 'malformed')
            found.uris.push(use);
          else if (read.target === 'resource') require(read.kind, read.id, at);
          break;
        }
      }
    }
    if (plan.rule === 'within' && found.searchedIn.length === 0)
      throw new DenialError('invalid_field', plan.unnamed);
    this.#requireNewIds(plan, uses);
    // The gateway remembers nothing under a name, so each is looked up.
    requireFewLookups(found.shared.length + found.perTenant.length);
    return found;
  }

  #lock({ kind, id }: ResourceKey, found: RequestReferences): void {
    const known = this.#kinds.get(kind);
    if (known?.reusable) (known.chosen ? found.perTenant : found.shared).push(keyOf({ kind, id }));
  }

  #requireNewIds({ makes = [] }: ConfinedPlan, uses: readonly FieldUse[]): void {
    for (const kind of makes) {
      const isNamed = uses.some(({ policy }) => policy.class === 'new-name' && policy.kind === kind);
      if (isNamed || !this.#kinds.get(kind)?.chosen) continue;
      throw new DenialError('invalid_field', `The id of the new ${kind} is missing.`);
    }
  }
}

function promptNameIn(uri: string, at: string): string {
  const name = promptIn(uri);
  if (name !== undefined) return name;
  throw new DenialError(
    'invalid_field',
    `${printable(at)} must be prompts:/<name>/<version> or prompts:/<name>@<alias>.`,
  );
}
