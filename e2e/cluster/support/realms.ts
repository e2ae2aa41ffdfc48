import { attributeMapper, audienceMapper, groupsMapper, inIdToken } from '../../idp/mappers.ts';
import { person, REALM, userProfile } from '../../idp/realm.ts';

/** The `sub` of `ada`, in both realms. */
export const SUBJECT_OF_ADA = '7a1d3f60-1c52-4a53-9d2e-0d6f6c1f0a11';

const ROLES = ['viewer', 'contributor', 'admin'];

const team = (name: string): object => ({ name, subGroups: ROLES.map((role) => ({ name: role })) });

/** Groups below `/teams`, in access tokens and in the ID tokens of browsers. */
const GROUPS = inIdToken(groupsMapper(true));

/**
 * The realm of the integration guide, with groups below `/teams`. `max` is a viewer in `team-a` and an admin in `team-b`; the others have
 * the tenant in a claim.
 */
export const ML = {
  ...REALM,
  groups: [{ name: 'teams', subGroups: [team('team-a'), team('team-b')] }],
  clients: REALM.clients.map((client) => ({
    ...client,
    protocolMappers: [...client.protocolMappers, GROUPS],
  })),
  users: [
    ...REALM.users.map((user) =>
      'username' in user && user.username === 'ada' ? { ...user, id: SUBJECT_OF_ADA } : user,
    ),
    person('max', { groups: ['/teams/team-a/viewer', '/teams/team-b/admin'] }),
  ],
};

/** A claim as the administrators of {@link ML} would write it for an admin of `team-a`. */
const AS_IN_THE_FIRST = {
  groups: ['/teams/team-a/admin'],
  realmRoles: ['admin'],
  attributes: { tenant_id: ['team-a'] },
};

/**
 * The realm of a partner company, whose administrators decide on every claim of its tokens. Its `ada` has the `sub`, the groups, the roles
 * and the tenant claim of an admin of `team-a` in {@link ML}, and one group of its own; its `eve` has only the former.
 *
 * @param privateKey the key that signs its tokens, PEM
 */
export const partnerRealm = (privateKey: string): object => ({
  realm: 'partner',
  enabled: true,
  accessTokenLifespan: 300,
  roles: { realm: ROLES.map((name) => ({ name })) },
  groups: [
    { name: 'teams', subGroups: [team('team-a')] },
    { name: 'mlflow', subGroups: [{ name: 'contributors' }] },
  ],
  clients: [
    {
      clientId: 'mlflow-cli',
      publicClient: true,
      directAccessGrantsEnabled: true,
      protocolMappers: [
        audienceMapper(),
        attributeMapper('tenant_id'),
        attributeMapper('subject', 'sub'),
        groupsMapper(true),
      ],
    },
  ],
  users: [
    person('ada', {
      ...AS_IN_THE_FIRST,
      groups: [...AS_IN_THE_FIRST.groups, '/mlflow/contributors'],
      attributes: { ...AS_IN_THE_FIRST.attributes, subject: [SUBJECT_OF_ADA] },
    }),
    person('eve', AS_IN_THE_FIRST),
  ],
  components: {
    ...userProfile('tenant_id', 'subject'),
    'org.keycloak.keys.KeyProvider': [
      { name: 'rsa', providerId: 'rsa', config: { privateKey: [privateKey], algorithm: ['RS256'] } },
    ],
  },
});
