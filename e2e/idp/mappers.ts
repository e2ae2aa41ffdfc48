/** A protocol mapper in Keycloak's export format. */
export interface Mapper {
  readonly config: object;
  readonly [more: string]: unknown;
}

/** A protocol mapper that writes into access tokens. */
export const mapper = (name: string, type: string, config: Readonly<Record<string, string>>): Mapper => ({
  name,
  protocol: 'openid-connect',
  protocolMapper: type,
  config: { 'access.token.claim': 'true', 'id.token.claim': 'false', ...config },
});

/** The same mapper, which also writes into ID tokens. */
export const inIdToken = (one: Mapper): Mapper => ({
  ...one,
  config: { ...one.config, 'id.token.claim': 'true' },
});

/** Adds the audience `mlflow`. */
export const audienceMapper = (): Mapper =>
  mapper('audience', 'oidc-audience-mapper', { 'included.custom.audience': 'mlflow' });

/** The claim `groups`: names, or with `fullPath` paths such as `/teams/vision`. */
export const groupsMapper = (fullPath: boolean): Mapper =>
  mapper('groups', 'oidc-group-membership-mapper', {
    'claim.name': 'groups',
    'full.path': String(fullPath),
  });

/** An attribute of the user as a claim with one text, of the same name unless `claim` names it. */
export const attributeMapper = (attribute: string, claim = attribute): Mapper =>
  mapper(claim, 'oidc-usermodel-attribute-mapper', {
    'user.attribute': attribute,
    'claim.name': claim,
    'jsonType.label': 'String',
  });
