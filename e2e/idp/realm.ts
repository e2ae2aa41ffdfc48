import { attributeMapper, audienceMapper, inIdToken, mapper } from './mappers.ts';

const audience = audienceMapper();
/** The tenant as an attribute of the user. */
export const tenantOfUser = attributeMapper('tenant_id');
/** The tenant as a fixed claim. */
export const tenantOfClient = (tenant: string): object =>
  mapper('tenant', 'oidc-hardcoded-claim-mapper', {
    'claim.name': 'tenant_id',
    'claim.value': tenant,
    'jsonType.label': 'String',
  });

const realmRoles = mapper('realm roles', 'oidc-usermodel-realm-role-mapper', {
  'claim.name': 'realm_access.roles',
  'jsonType.label': 'String',
  multivalued: 'true',
});

/** A person who signs in with the password `demo`. */
export const person = (username: string, more: object): object => ({
  username,
  enabled: true,
  email: `${username}@example.org`,
  emailVerified: true,
  firstName: username,
  lastName: 'Example',
  credentials: [{ type: 'password', value: 'demo' }],
  ...more,
});
const user = (username: string, tenant: string | undefined, role: string): object =>
  person(username, {
    realmRoles: [role],
    ...(tenant === undefined ? {} : { attributes: { tenant_id: [tenant] } }),
  });

/** The component of a realm that lets users have these attributes, beside those of every user. */
export const userProfile = (...attributes: readonly string[]): object => ({
  'org.keycloak.userprofile.UserProfileProvider': [
    {
      providerId: 'declarative-user-profile',
      config: {
        'kc.user.profile.config': [
          JSON.stringify({
            attributes: ['username', 'email', 'firstName', 'lastName', ...attributes].map((name) => ({
              name,
              permissions: { view: ['admin'], edit: ['admin'] },
            })),
          }),
        ],
      },
    },
  ],
});

/**
 * A realm as the integration guide sets it up: a public client for people, a confidential one for machines, the
 * tenant as a user attribute or a fixed claim, roles as realm roles (`realm_access.roles`).
 */
export const REALM = {
  realm: 'ml',
  enabled: true,
  accessTokenLifespan: 300,
  roles: { realm: ['viewer', 'contributor', 'admin'].map((name) => ({ name })) },
  clients: [
    {
      clientId: 'mlflow-cli',
      publicClient: true,
      directAccessGrantsEnabled: true,
      protocolMappers: [audience, tenantOfUser],
    },
    {
      clientId: 'team-a-ci',
      secret: 'demo-secret',
      serviceAccountsEnabled: true,
      protocolMappers: [audience, tenantOfClient('team-a')],
    },
    // For browsers, through oauth2-proxy (docs/sso.md): the gateway gets its ID tokens.
    {
      clientId: 'mlflow-ui',
      secret: 'demo-ui-secret',
      redirectUris: ['https://mlflow.example.com/*'],
      attributes: { 'post.logout.redirect.uris': 'https://mlflow.example.com/*' },
      protocolMappers: [inIdToken(tenantOfUser), inIdToken(realmRoles)],
    },
    {
      clientId: 'other-app',
      publicClient: true,
      directAccessGrantsEnabled: true,
      protocolMappers: [tenantOfUser],
    },
  ],
  users: [
    user('ada', 'team-a', 'contributor'),
    user('vera', 'team-a', 'viewer'),
    user('bob', 'team-b', 'contributor'),
    user('nobody', undefined, 'viewer'),
    {
      username: 'service-account-team-a-ci',
      enabled: true,
      serviceAccountClientId: 'team-a-ci',
      realmRoles: ['contributor'],
    },
  ],
  components: userProfile('tenant_id'),
};
