import { problemsOfAll } from '../../identity/grants/compile-grants.ts';
import { publicIssuerProblems } from '../../identity/grants/public-issuers.ts';
import type { IssuerConfig, KeysConfig } from '../../identity/issuer/issuer-config.ts';
import { ALGORITHMS } from '../../identity/jwks.ts';
import { issuesServiceAccounts } from '../../identity/kubernetes/service-account-token.ts';
import { LIMITS } from '../../limits.ts';
import { integer, seconds, text as textType } from '../basic-types.ts';
import { algorithm, claimName, issuer } from '../identity-types.ts';
import { publicJwks } from '../jwks-type.ts';
import { url } from '../network-types.ts';
import { isDiscoverable } from '../provider-urls.ts';
import { tryParse } from '../value-type.ts';
import { type GrantContext, grantRule } from './grant-fields.ts';
import type { Problems } from './problems.ts';
import { anyOf, either, list, mapped, number, object, type Shape, text, word } from './shape.ts';
import { isMap, kindOf, type Tree, toJson } from './tree.ts';

/** The context for reading the issuers of a file. */
export interface IssuerContext extends GrantContext {
  /** The path of a file that the identity file names, from the folder of that file. */
  readonly resolve: (path: string) => string;
}

const claim = text(claimName());

/** A JWK Set, checked as `GW_JWKS_JSON` is. */
const jwks: Shape<unknown> = {
  schema: {
    type: 'object',
    required: ['keys'],
    properties: { keys: { type: 'array', minItems: 1, items: { type: 'object' } } },
  },
  read(value, at, problems) {
    if (!isMap(value)) problems.add(at, `must be a map with keys, and is ${kindOf(value)}`);
    else if (hasNumber(value))
      problems.add(at, 'has a number. Members of a key are text: write it in quotes');
    else {
      const parsed = tryParse(publicJwks(), JSON.stringify(toJson(value)));
      if ('value' in parsed) return parsed.value;
      problems.add(at, parsed.invalid);
    }
    return undefined;
  },
};

/** `kid: 1` is a number in YAML, and equals no `kid` of a token. */
function hasNumber(value: Tree): boolean {
  if (isMap(value)) return [...value.values()].some(hasNumber);
  return Array.isArray(value) ? value.some(hasNumber) : typeof value === 'number';
}

const uriFields = object({
  uri: {
    shape: text(url()),
    required: true,
    description: 'The URL of the keys.',
    examples: ['https://idp.example.com/realms/ml/protocol/openid-connect/certs'],
  },
});

const jwksFields = object({
  jwks: {
    shape: jwks,
    required: true,
    description:
      'The keys themselves, as a JSON Web Key Set: public RSA (2048 bits or more), EC and OKP keys only. No key is fetched.',
  },
});

const keys: Shape<KeysConfig> = either(
  isMap,
  anyOf<KeysConfig>([
    { by: ['uri'], shape: mapped(uriFields, ({ uri }) => ({ from: 'uri' as const, uri })) },
    { by: ['jwks'], shape: mapped(jwksFields, (fields) => ({ from: 'inline' as const, jwks: fields.jwks })) },
  ]),
  mapped(word('discovery', 'cluster', 'none'), (from) => ({ from })),
);

/** The word for the issuer of the cluster in which the gateway runs. */
const CLUSTER_ISSUER = 'kubernetes';

/**
 * Addresses at which Entra ID signs in users of several directories. Their metadata has `{tenantid}` in the issuer, or the alias, and no
 * token has either.
 */
const ENTRA_ALIAS =
  /^https:\/\/(?:login\.microsoftonline\.(?:com|us)|login\.partner\.microsoftonline\.cn|sts\.windows\.net)\/(?:common|organizations|consumers|\{tenantid\})(?:\/|$)/i;

/** One issuer of the file. */
export function issuerShape(context: IssuerContext): Shape<IssuerConfig> {
  const fields = object({
    issuer: {
      shape: text(issuer()),
      required: true,
      description:
        'The `iss` of the issuer’s tokens, character by character (mind the slash at the end). The word `kubernetes` stands for the cluster in which the gateway runs.',
      examples: ['https://idp.example.com/realms/ml', CLUSTER_ISSUER],
    },
    audience: {
      shape: list(text(textType('text', 1024))),
      required: true,
      description: 'The audiences accepted in `aud`; one match is enough.',
      examples: [['mlflow']],
    },
    keys: {
      shape: keys,
      description:
        'Where the keys come from that sign tokens. `discovery`: OpenID Connect discovery, the default. `cluster`: the API server of the cluster in which the gateway runs, the default for `kubernetes`. `none`: the issuer publishes no keys, so only opaque tokens are accepted, by `introspection`. Or a map with `uri` or `jwks`.',
      examples: ['discovery', { uri: 'https://idp.example.com/keys' }],
    },
    algorithms: {
      shape: list(text(algorithm(), { enum: ALGORITHMS })),
      default: ['RS256'],
      description: 'The signature algorithms accepted. Only asymmetric ones are possible.',
    },
    clockToleranceSeconds: {
      shape: number(seconds(0, 300)),
      default: 30,
      description:
        'The allowed difference between the clocks of the issuer and the gateway, for the checks of `exp`, `nbf` and `iat`.',
    },
    subject: {
      shape: claim,
      default: 'sub',
      description: 'The claim that names the caller in audit lines.',
      examples: ['preferred_username'],
    },
    grants: {
      shape: list(grantRule(context), { most: LIMITS.identityRules.value }),
      required: true,
      description: 'How claims become grants (tenant -> roles). A caller has the grants of all rules.',
    },
    platformAdmins: {
      shape: object({
        claims: {
          shape: list(claim),
          required: true,
          description: 'The claims that are read.',
          examples: [['roles']],
        },
        values: {
          shape: list(text(textType('text', 512))),
          required: true,
          description: 'The values that mean platform-admin, compared exactly.',
          examples: [['mlops-root']],
        },
      }),
      description:
        'Who is platform-admin, with access to all tenants. Nobody, unless set. It counts for this issuer only.',
    },
    introspection: {
      shape: object({
        uri: {
          shape: text(url()),
          required: true,
          description: 'The introspection endpoint.',
          examples: ['https://idp.example.com/introspect'],
        },
        clientId: {
          shape: text(textType('text', 512)),
          required: true,
          description: 'The gateway’s own client at the issuer.',
          examples: ['mlflow-gateway'],
        },
        clientSecretFile: {
          shape: text(textType('path')),
          required: true,
          description: 'A file with the client’s secret. A relative path begins at the folder of this file.',
          examples: ['/etc/mlflow-gateway/introspection/client-secret'],
        },
        cacheSeconds: {
          shape: number(integer(0, 300)),
          default: 30,
          description: 'The longest time that an answer is cached.',
        },
      }),
      description: 'For opaque tokens: the issuer is asked about each (RFC 7662).',
    },
  });
  return mapped(fields, (read, at, problems) => {
    const { roles } = context;
    const isCluster = read.issuer === CLUSTER_ISSUER;
    const from = read.keys ?? (isCluster ? { from: 'cluster' as const } : { from: 'discovery' as const });
    checkKeys(read.issuer, from, at, problems);
    if (from.from === 'none' && read.introspection === undefined)
      problems.add(`${at}.keys`, 'is none, so introspection is required: nothing else accepts a token');
    if (read.introspection !== undefined && issuesServiceAccounts({ keys: from, grants: read.grants }))
      problems.add(
        `${at}.introspection`,
        'is not possible for service accounts of Kubernetes: only a bound token (a JWT) names its account',
      );
    // Each rule is checked where it is read. The others are checks of all of them together.
    const before = problems.count;
    if (roles !== undefined && read.grants.length > 1)
      for (const problem of problemsOfAll(read.grants, `${at}.grants`, roles)) problems.add('', problem);
    for (const [i, value] of (read.platformAdmins?.values ?? []).entries()) {
      const [role] = roles?.recognise([value]).roles ?? [];
      if (role !== undefined)
        problems.add(`${at}.platformAdmins.values[${i}]`, `already means ${role}. Give each value one role`);
    }
    for (const problem of publicIssuerProblems(read, at)) problems.add('', problem);
    if (problems.count > before) return undefined;
    const { introspection } = read;
    return {
      issuer: isCluster ? undefined : read.issuer,
      audience: read.audience,
      keys: from,
      algorithms: read.algorithms ?? ['RS256'],
      clockToleranceMs: read.clockToleranceSeconds ?? 30_000,
      subjectClaim: read.subject ?? 'sub',
      grants: read.grants,
      platformAdmins: read.platformAdmins,
      introspection: introspection && {
        ...introspection,
        clientSecretFile: context.resolve(introspection.clientSecretFile),
        cacheSeconds: introspection.cacheSeconds ?? 30,
      },
    };
  });
}

function checkKeys(name: string, keysFrom: KeysConfig, at: string, problems: Problems): void {
  if (name === CLUSTER_ISSUER && keysFrom.from !== 'cluster')
    problems.add(
      `${at}.keys`,
      'must be cluster for the issuer kubernetes. With other keys, write the issuer’s own URL as in the tokens',
    );
  else if (ENTRA_ALIAS.test(name))
    problems.add(
      `${at}.issuer`,
      'names no directory of Entra ID: every token has the id of its directory in iss. Write one issuer for each directory, as in https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0',
    );
  else if (keysFrom.from === 'discovery' && !isDiscoverable(name))
    problems.add(
      `${at}.issuer`,
      'must be an http(s) URL without query or fragment for its keys to be discovered. Correct it, or set keys',
    );
}
