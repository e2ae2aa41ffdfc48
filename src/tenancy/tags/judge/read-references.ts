import type { TagItem } from '../../../catalog/types.ts';
import { DenialError } from '../../../denial.ts';
import { printable } from '../../../request/printable.ts';
import type { FieldUse } from '../../../request/types.ts';
import { requireFewLookups } from '../../ask-each.ts';
import type { Kinds } from '../../kinds.ts';
import { readStorageUri } from '../../storage-uri.ts';
import type { Plan } from '../plan.ts';
import { isOwnable, type Reference } from '../resource.ts';
import { type Claim, notFound } from '../settle/ownership.ts';
import type { TenantTag } from '../tenant-tag.ts';
import { promptIn } from './prompt-uri.ts';

/** What a request's values come to, before MLflow is asked anything. */
export interface Judged {
  readonly claims: Claim[];
  /** What is left out where it is not the tenant's. */
  readonly optional: Claim[];
  /** What is searched in. */
  readonly within: Reference[];
  /** Places in storage that must be inside something of the tenant's. */
  readonly paths: FieldUse[];
  readonly uris: FieldUse[];
  /** Names that are used, names that are taken, and ids that callers choose. */
  readonly used: string[];
  readonly taken: string[];
  readonly chosen: string[];
  /** What is reached through something claimed, and is looked up there. */
  readonly inner: Claim[];
  /** How often the tenant's own tag is written where it is not the gateway's to write. */
  owners: number;
}

/**
 * Reads out of a request what it names, takes and points at: what has to be looked up before it may be sent.
 *
 * @example
 * new ClaimReader(kinds, tag, TAG_ITEM).read(request.uses, plan, false).claims;
 */
export class ClaimReader {
  readonly #kinds: Kinds;
  readonly #tag: TenantTag;
  readonly #item: TagItem;

  constructor(kinds: Kinds, tag: TenantTag, item: TagItem) {
    this.#kinds = kinds;
    this.#tag = tag;
    this.#item = item;
  }

  /**
   * @param platformAdmin whether the server's own things need no look-up
   * @throws DenialError `invalid_field`, `resource_not_found`, `tenant_tag`
   */
  read(uses: readonly FieldUse[], plan: Plan, platformAdmin: boolean): Judged {
    const kinds = this.#kinds;
    const tag = this.#tag;
    const judged: Judged = {
      claims: [],
      optional: [],
      within: [],
      paths: [],
      uris: [],
      used: [],
      taken: [],
      chosen: [],
      inner: [],
      owners: 0,
    };
    const within = plan.within?.path.join('.');
    const seen = new Set<string>();
    const stamped = plan.stamp?.path.join('.');
    const hold = (kind: string, id: string): void => {
      const known = kinds.get(kind);
      if (known?.reusable) (known.chosen ? judged.chosen : judged.used).push(`${kind}\n${id}`);
    };
    const claim = (kind: string, id: string, at: string): void => {
      const { through, servers, lookup } = kinds.get(kind) ?? {};
      if (through !== undefined && lookup?.beside !== undefined) judged.inner.push({ kind, id, at });
      if (through !== undefined || (servers && platformAdmin)) return;
      if (!isOwnable(kinds.get(kind))) throw notFound({ kind, id, at });
      // Each is a question to MLflow, unless it is remembered.
      if (seen.has(`${kind}\n${id}`)) return;
      seen.add(`${kind}\n${id}`);
      judged.claims.push({ kind, id, at });
      hold(kind, id);
    };
    for (const use of uses) {
      const { policy, value, at } = use;
      if (policy.class === 'reference' && at === within) {
        if (seen.has(`within\n${value}`)) continue;
        seen.add(`within\n${value}`);
        judged.within.push({ kind: policy.kind, id: value });
        hold(policy.kind, value);
      } else if (policy.class === 'reference' && policy.elseLeftOut === true) {
        if (value !== '') judged.optional.push({ kind: policy.kind, id: value, at });
      } else if (policy.class === 'reference' && value !== '') claim(policy.kind, value, at);
      else if (policy.class === 'new-name' && kinds.get(policy.kind)?.chosen) {
        // A batch of spans names the same trace many times.
        if (seen.has(`${policy.kind}\n${value}`)) continue;
        seen.add(`${policy.kind}\n${value}`);
        judged.claims.push({ kind: policy.kind, id: value, at, mayBeNew: true });
        hold(policy.kind, value);
      } else if (policy.class === 'new-name') judged.taken.push(`${policy.kind}\n${value}`);
      else if (policy.class === 'tag-key' && at !== stamped && at !== `${stamped}.${this.#item.key}`)
        judged.owners += tag.isKey(value) ? 1 : 0;
      else if (policy.class === 'mention') {
        if (kinds.looksLike(policy.kind, value)) claim(policy.kind, value, at);
      } else if (policy.class === 'prompt-uri') {
        const name = promptIn(value);
        if (name === undefined)
          throw new DenialError(
            'invalid_field',
            `${printable(at)} must be prompts:/<name>/<version> or prompts:/<name>@<alias>.`,
          );
        claim('registered-model', name, at);
      } else if (policy.class === 'artifact-path' && policy.root === 'server') judged.paths.push(use);
      else if (policy.class === 'storage-uri') {
        const said = readStorageUri(value);
        // A version's source is looked up once, when it is made; a place to keep things in would be each time, when
        // the name may be another's. And to it a placeholder is a directory of the server's.
        if (plan.keeps ? value !== '' : said.claim === 'location' || said.claim === 'malformed')
          judged.uris.push(use);
        else if (said.claim === 'resource') claim(said.kind, said.id, at);
      }
    }
    if (plan.within?.required && judged.within.length === 0)
      throw new DenialError('invalid_field', plan.unnamed);
    for (const kind of plan.makes) {
      if (!kinds.get(kind)?.chosen || uses.some(({ policy }) => isNameOf(policy, kind))) continue;
      throw new DenialError('invalid_field', `The id of the new ${kind} is missing.`);
    }
    // Nothing is remembered of them, so each is looked up.
    requireFewLookups(judged.used.length + judged.chosen.length);
    return judged;
  }
}

function isNameOf(policy: FieldUse['policy'], kind: string): boolean {
  return policy.class === 'new-name' && policy.kind === kind;
}
