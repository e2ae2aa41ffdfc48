import type { Slapd } from '../../dev/slapd.ts';
import { audienceMapper, groupsMapper } from './mappers.ts';
import { person } from './realm.ts';

type Config = Readonly<Record<string, string>>;

const cli = (...protocolMappers: readonly object[]): object => ({
  clientId: 'mlflow-cli',
  publicClient: true,
  directAccessGrantsEnabled: true,
  protocolMappers: [audienceMapper(), ...protocolMappers],
});
const team = (name: string): object => ({
  name,
  subGroups: ['viewer', 'contributor', 'admin'].map((role) => ({ name: role })),
});

/** People in groups below `/teams`, and with realm roles. */
const PEOPLE = {
  realm: 'people',
  enabled: true,
  roles: { realm: [{ name: 'mlflow-vision-contributor' }, { name: 'viewer' }] },
  groups: [
    { name: 'teams', subGroups: [team('vision'), team('speech')] },
    { name: 'office', subGroups: [{ name: 'vision', subGroups: [{ name: 'admin' }] }] },
  ],
  clients: [cli(groupsMapper(true))],
  users: [
    person('ada', { groups: ['/teams/vision/viewer', '/teams/speech/admin'] }),
    person('rob', { realmRoles: ['mlflow-vision-contributor'] }),
    person('eve', { groups: ['/teams/vision', '/office/vision/admin'], realmRoles: ['viewer'] }),
  ],
};

/** Services with roles of the client `mlflow`. */
const MACHINES = {
  realm: 'machines',
  enabled: true,
  roles: { client: { mlflow: [{ name: 'vision:contributor' }, { name: 'speech:viewer' }] } },
  clients: [
    { clientId: 'mlflow', bearerOnly: true },
    {
      clientId: 'trainer',
      secret: 'demo-secret',
      serviceAccountsEnabled: true,
      protocolMappers: [audienceMapper()],
    },
  ],
  users: [
    {
      username: 'service-account-trainer',
      enabled: true,
      serviceAccountClientId: 'trainer',
      clientRoles: { mlflow: ['vision:contributor', 'speech:viewer'] },
    },
  ],
};

/** The entries of the LDAP directory: `lin` is in two groups of MLflow's, `ada` in another. */
export const DIRECTORY_LDIF = `dn: ou=people,dc=example,dc=org
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=example,dc=org
objectClass: organizationalUnit
ou: groups
${['lin', 'ada']
  .map(
    (uid) => `
dn: uid=${uid},ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: ${uid}
cn: ${uid}
sn: Example
mail: ${uid}@example.org
userPassword: demo
`,
  )
  .join('')}${[
  ['mlflow-vision-viewer', 'lin'],
  ['mlflow-speech-contributor', 'lin'],
  ['plant-watering', 'ada'],
]
  .map(
    ([cn, uid]) => `
dn: cn=${cn},ou=groups,dc=example,dc=org
objectClass: groupOfNames
cn: ${cn}
member: uid=${uid},ou=people,dc=example,dc=org
`,
  )
  .join('')}`;

/** Keycloak's export format has a list for each value. */
const lists = (config: Config): object =>
  Object.fromEntries(Object.entries(config).map(([name, value]) => [name, [value]]));

const attribute = (name: string, ldap: string): object => ({
  name,
  providerId: 'user-attribute-ldap-mapper',
  config: lists({
    'user.model.attribute': name,
    'ldap.attribute': ldap,
    'read.only': 'true',
    'always.read.value.from.ldap': 'false',
    'is.mandatory.in.ldap': 'true',
  }),
});

/** People and groups of an LDAP directory. */
const directoryRealm = ({ url, bindDn, bindPassword }: Slapd): object => ({
  realm: 'directory',
  enabled: true,
  clients: [cli(groupsMapper(false))],
  components: {
    'org.keycloak.storage.UserStorageProvider': [
      {
        name: 'ldap',
        providerId: 'ldap',
        config: lists({
          enabled: 'true',
          priority: '0',
          vendor: 'other',
          editMode: 'READ_ONLY',
          importEnabled: 'true',
          connectionUrl: url,
          authType: 'simple',
          bindDn,
          bindCredential: bindPassword,
          usersDn: 'ou=people,dc=example,dc=org',
          usernameLDAPAttribute: 'uid',
          rdnLDAPAttribute: 'uid',
          uuidLDAPAttribute: 'entryUUID',
          userObjectClasses: 'inetOrgPerson',
          searchScope: '1',
          pagination: 'false',
        }),
        subComponents: {
          'org.keycloak.storage.ldap.mappers.LDAPStorageMapper': [
            attribute('username', 'uid'),
            attribute('firstName', 'cn'),
            attribute('lastName', 'sn'),
            attribute('email', 'mail'),
            {
              name: 'groups',
              providerId: 'group-ldap-mapper',
              config: lists({
                mode: 'READ_ONLY',
                'groups.dn': 'ou=groups,dc=example,dc=org',
                'group.name.ldap.attribute': 'cn',
                'group.object.classes': 'groupOfNames',
                'membership.ldap.attribute': 'member',
                'membership.attribute.type': 'DN',
                'membership.user.ldap.attribute': 'uid',
                'preserve.group.inheritance': 'false',
                'user.roles.retrieve.strategy': 'LOAD_GROUPS_BY_MEMBER_ATTRIBUTE',
                'groups.path': '/',
              }),
            },
          ],
        },
      },
    ],
  },
});

/** The realms of docs/providers/keycloak.md. */
export const teamsRealms = (directory: Slapd): readonly object[] => [
  PEOPLE,
  MACHINES,
  directoryRealm(directory),
];
