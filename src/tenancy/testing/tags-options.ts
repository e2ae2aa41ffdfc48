import {
  ADMIN_TAGS,
  KINDS,
  KNOWN_TAGS,
  OPERATIONS,
  RESERVED_TAGS,
  TAG_ITEM,
} from '../../catalog/generated/catalog.ts';
import type { Principal } from '../../identity/principal.ts';
import { Kinds } from '../kinds.ts';
import { ReservedTags } from '../reserved-tags.ts';
import type { TagsJudgeOptions } from '../tags/judge/tags-judge.ts';
import { SharedExperiments } from '../tags/shared-experiments.ts';
import { TenantTag } from '../tags/tenant-tag.ts';

/** An admin of `team-a`. For tests. */
export const ALICE = {
  subject: 'alice',
  issuer: 'https://idp.example',
  platformAdmin: false,
  grants: new Map([['team-a', { roles: ['admin'], permissions: new Set() }]]),
} as unknown as Principal;

/** The strategy `tags` with the real catalog and the usual configuration. For tests. */
export const TAGS_OPTIONS: TagsJudgeOptions = {
  operations: OPERATIONS,
  tagItem: TAG_ITEM,
  tag: new TenantTag('tenant', TAG_ITEM),
  kinds: new Kinds(KINDS),
  reservedTags: new ReservedTags(
    { reserved: RESERVED_TAGS, admin: ADMIN_TAGS },
    { known: KNOWN_TAGS, refused: () => false },
  ),
  sharedExperiments: new SharedExperiments(['0']),
  artifactRoot: undefined,
  severalReplicas: false,
  serverFeatures: new Set(),
  showTag: false,
};
