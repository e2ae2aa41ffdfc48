import { LIMITS } from '../limits.ts';
import { boolean, integer, list, oneOf, seconds, size, text } from './basic-types.ts';
import {
  algorithm,
  artifactRoot,
  claimName,
  experimentId,
  issuer,
  roleName,
  sharedExperiments,
  tagKey,
  tenantMap,
} from './identity-types.ts';
import { publicJwks } from './jwks-type.ts';
import {
  addressRange,
  certificateName,
  hostHeader,
  listenHost,
  pathPrefix,
  upstreamTarget,
  url,
  webOrigin,
} from './network-types.ts';
import type { Variable } from './variable.ts';

/**
 * Every environment variable the gateway reads. Validation (`loadConfig`), the `Config` type, the reference page and
 * the chart's values schema all come from this table; a variable is added here and nowhere else.
 *
 * The keys are the shape of `Config`; the order is that of the reference page.
 */
export const VARIABLES = {
  listen: {
    host: {
      name: 'GW_LISTEN_HOST',
      type: listenHost(),
      default: '0.0.0.0',
      description:
        'The address to listen on. In a pod that is the pod address; `127.0.0.1` is enough on a laptop, `::` includes IPv6.',
      example: '127.0.0.1',
    },
    port: {
      name: 'GW_LISTEN_PORT',
      type: integer(0, 65535),
      default: '8000',
      description: 'The TCP port to listen on. With `0` the system chooses a port, which the gateway logs.',
      example: '5000',
    },
    drainMs: {
      name: 'GW_DRAIN_SECONDS',
      type: seconds(0, 3600),
      default: '25',
      description:
        'The longest time between SIGTERM and the end of the gateway: `GW_DRAIN_DELAY_SECONDS` first, then the time to finish the requests in flight. Keep it below the `terminationGracePeriodSeconds` of the pod (30 unless set), or Kubernetes ends the requests first.',
      example: '55',
    },
    drainDelayMs: {
      name: 'GW_DRAIN_DELAY_SECONDS',
      type: seconds(0, 600),
      default: '0',
      description:
        'How long after SIGTERM new connections are still served, while `/readyz` already fails. In Kubernetes, other nodes keep sending connections to a terminating pod for a second or two; 5 is enough. Part of `GW_DRAIN_SECONDS`; SIGINT does not wait.',
      example: '5',
    },
  },
  tls: {
    certFile: {
      name: 'GW_TLS_CERT_FILE',
      type: text('path'),
      description:
        'A PEM file with the certificate of the gateway’s own listener, followed by its chain. The listener at `GW_LISTEN_PORT` then serves HTTPS only ([TLS](../tls.md)). Together with `GW_TLS_KEY_FILE`. It is read again while the gateway runs: a change is in use within 5 seconds, for new connections.',
      example: '/etc/mlflow-gateway/tls/tls.crt',
    },
    keyFile: {
      name: 'GW_TLS_KEY_FILE',
      type: text('path'),
      description:
        'A PEM file with the private key of that certificate, without a passphrase. It is read again with the certificate: a key and a certificate that do not belong together are not used, and the last pair stays.',
      example: '/etc/mlflow-gateway/tls/tls.key',
    },
    clientCaFile: {
      name: 'GW_TLS_CLIENT_CA_FILE',
      type: text('path'),
      description:
        'A PEM file with the certificate authorities of client certificates. Every request then needs a client certificate of one of them, for example that of the proxy in front, except `GET` and `HEAD` of `/healthz` and `/readyz`. Only with `GW_TLS_CERT_FILE`. It is read again while the gateway runs.',
      example: '/etc/mlflow-gateway/client-ca/ca.crt',
    },
    clientNames: {
      name: 'GW_TLS_CLIENT_NAMES',
      type: list(certificateName(), 'comma-separated DNS names and URIs'),
      description:
        'The names of which a client certificate must have one, as a DNS name or URI among its subject alternative names. Compared exactly, except the letter case of DNS names; without wildcards. When not set, every client certificate of `GW_TLS_CLIENT_CA_FILE` is accepted.',
      example: 'oauth2-proxy.sso.svc,spiffe://cluster.local/ns/sso/sa/proxy',
    },
  },
  upstream: {
    target: {
      name: 'GW_TARGET_BASE_URL',
      type: upstreamTarget(),
      required: true,
      description:
        'The address of MLflow. `unix:/run/mlflow/mlflow.sock` has the lowest latency and removes MLflow from the network (set `UVICORN_UDS` on the MLflow container and share the directory); `http://` and `https://` have scheme, host and port only.',
      example: 'unix:/run/mlflow/mlflow.sock',
    },
    pathPrefix: {
      name: 'GW_UPSTREAM_PATH_PREFIX',
      type: pathPrefix(),
      description:
        'MLflow’s own `--static-prefix`, character by character: the gateway puts it before every path that it sends. Needs MLflow 3.16 or newer, since older versions move only some of their paths. It is independent of `GW_PATH_PREFIX`.',
      example: '/mlflow',
    },
    host: {
      name: 'GW_UPSTREAM_HOST',
      type: hostHeader(),
      description:
        'The `Host` in requests to MLflow. Set it if MLflow’s `--allowed-hosts` (`MLFLOW_SERVER_ALLOWED_HOSTS`) does not list the default: host and port of `GW_TARGET_BASE_URL`, `localhost` for a socket. MLflow answers 403 to a host that is not in its list. A host, or host and port, character by character as in that list. It changes neither the address of the connection nor the name that a certificate must have.',
      example: 'mlflow.example.com',
    },
    caFile: {
      name: 'GW_TARGET_CA_FILE',
      type: text('path'),
      description:
        'A PEM file with the certificate authorities for MLflow’s certificate. They replace the public ones for this connection. Only for an `https://` target. It is read again while the gateway runs.',
      example: '/etc/mlflow-ca/ca.crt',
    },
    certFile: {
      name: 'GW_TARGET_CERT_FILE',
      type: text('path'),
      description:
        'A PEM file with the client certificate that the gateway presents to MLflow, followed by its chain: mutual TLS ([TLS](../tls.md)). Together with `GW_TARGET_KEY_FILE`, and only for an `https://` target. It is read again while the gateway runs: new connections use the new pair within 5 seconds.',
      example: '/etc/mlflow-gateway/mlflow-client/tls.crt',
    },
    keyFile: {
      name: 'GW_TARGET_KEY_FILE',
      type: text('path'),
      description:
        'A PEM file with the private key of that certificate, without a passphrase. It is read again with the certificate.',
      example: '/etc/mlflow-gateway/mlflow-client/tls.key',
    },
    connections: {
      name: 'GW_UPSTREAM_CONNECTIONS',
      type: oneOf(['auto', 'keepalive', 'fresh']),
      default: 'auto',
      description:
        'Whether TCP connections to MLflow are kept. MLflow with several workers can answer kept connections about 40 ms late: `auto` measures this at start and whenever MLflow comes back, and uses a new connection for each request only in that case. A Unix socket never stalls and is always kept.',
      example: 'fresh',
    },
    socketCleanup: {
      name: 'GW_UPSTREAM_SOCKET_CLEANUP',
      type: boolean(),
      default: 'false',
      description:
        'Whether the gateway removes MLflow’s Unix socket when no process listens on it any more. A socket left by a killed MLflow makes its next start fail once; a gateway that shares the directory can prevent that. Only for a `unix:` target.',
      example: 'true',
    },
    sidecarCheckPorts: {
      name: 'GW_SIDECAR_CHECK_PORTS',
      type: list(integer(1, 65535), 'comma-separated port numbers'),
      description:
        'Makes the gateway a sidecar, which checks that MLflow cannot be reached around it. The value is the ports that MLflow is configured to listen on. At start, every 10 seconds and for each request to `/readyz`, it probes these ports on all addresses of the pod, except its own listener and `GW_TARGET_BASE_URL`, and reads which sockets of the pod listen (`GW_SIDECAR_CHECK`). While MLflow answers, or a socket listens that is not allowed, the gateway is not ready and reports the address. For a sidecar whose MLflow listens on a Unix socket or on loopback.',
      example: '5000,8080',
    },
    sidecarAllowedPorts: {
      name: 'GW_SIDECAR_ALLOWED_PORTS',
      type: list(integer(1, 65535), 'comma-separated port numbers'),
      description:
        'TCP ports of the pod at which programs other than MLflow and the gateway may listen: an exporter, the proxy of a service mesh. MLflow itself is still found there. A socket on loopback needs no permission. Only with `GW_SIDECAR_CHECK_PORTS`.',
      example: '9090,15020',
    },
    sidecarCheck: {
      name: 'GW_SIDECAR_CHECK',
      type: oneOf(['listeners', 'ports']),
      default: 'listeners',
      description:
        'The check of a sidecar (`GW_SIDECAR_CHECK_PORTS`). `listeners`: every TCP socket of the pod that listens, read from `/proc/net/tcp` and `/proc/net/tcp6`. `ports`: the ports of `GW_SIDECAR_CHECK_PORTS` only, for container runtimes without those files; an MLflow at any other port is not found then.',
      example: 'listeners',
    },
  },
  auth: {
    enabled: {
      name: 'GW_AUTH_ENABLED',
      type: boolean(),
      default: 'true',
      description: 'Whether callers must authenticate. `false` is the same as `GW_AUTH_MODE=off`.',
      example: 'true',
    },
    mode: {
      name: 'GW_AUTH_MODE',
      aliases: ['AUTH_MODE'],
      type: oneOf(['oidc', 'off']),
      default: 'oidc',
      description:
        'How callers are identified. `oidc`: by a bearer token that is verified. `off`: by the `X-Tenant` header, without verification: any caller can act as any tenant. Use `off` only for development on one machine.',
      example: 'oidc',
    },
    identityFile: {
      name: 'GW_IDENTITY_FILE',
      type: text('path'),
      description:
        'A YAML or JSON file with the issuers of tokens and how their claims become grants (docs/identity.md): several issuers, groups, several tenants for one caller, Kubernetes service accounts. It replaces `GW_OIDC_*`, `GW_JWKS_*`, `GW_TENANT_CLAIM`, `GW_SUBJECT_CLAIM`, `GW_ROLE_CLAIM` and `GW_RBAC_PLATFORM_ADMIN_ALIASES`, which describe one issuer; together they are an error.',
      example: '/etc/mlflow-gateway/identity/identity.yaml',
    },
    issuer: {
      name: 'GW_OIDC_ISSUER',
      type: issuer(),
      requiredWhen: '`GW_AUTH_MODE=oidc` unless `GW_IDENTITY_FILE` is set',
      description:
        'The issuer that tokens must name in `iss`, character by character (mind the slash at the end). Its keys are found by OpenID Connect discovery unless `GW_JWKS_URI` or `GW_JWKS_JSON` is set. A provider with a private certificate authority needs `NODE_EXTRA_CA_CERTS` as well.',
      example: 'https://idp.example.com/realms/ml',
    },
    audience: {
      name: 'GW_OIDC_AUDIENCE',
      type: list(text('text', 1024), 'comma-separated audiences'),
      requiredWhen: '`GW_AUTH_MODE=oidc` unless `GW_IDENTITY_FILE` is set',
      description:
        'The audiences accepted in `aud`; one match is enough. Without this check the gateway would accept tokens for other applications of the same provider.',
      example: 'mlflow',
    },
    jwksUri: {
      name: 'GW_JWKS_URI',
      type: url(),
      description:
        'The URL of the keys that sign tokens, in place of discovery. Not together with `GW_JWKS_JSON`.',
      example: 'https://idp.example.com/realms/ml/protocol/openid-connect/certs',
    },
    jwks: {
      name: 'GW_JWKS_JSON',
      type: publicJwks(),
      secret: true,
      description:
        'The keys themselves, as a JSON Web Key Set; no key is fetched then. Public RSA (2048 bits or more), EC and OKP keys only. Not together with `GW_JWKS_URI`.',
      example: '{"keys":[{"kty":"RSA","kid":"1","n":"...","e":"AQAB"}]}',
    },
    algorithms: {
      name: 'GW_OIDC_ALGORITHMS',
      type: list(algorithm()),
      default: 'RS256',
      description: 'The signature algorithms accepted. Only asymmetric ones are possible.',
      example: 'RS256,ES256',
    },
    clockToleranceMs: {
      name: 'GW_OIDC_CLOCK_TOLERANCE_SECONDS',
      type: seconds(0, 300),
      default: '30',
      description:
        'The allowed difference between the clocks of the provider and the gateway, for the checks of `exp`, `nbf` and `iat`.',
      example: '5',
    },
    tenantClaim: {
      name: 'GW_TENANT_CLAIM',
      type: claimName(),
      default: 'tenant_id',
      description:
        'The claim that names the tenant, as a single string. A claim is written as its name, as a path with dots (`ml.tenant`), or as a JSON Pointer (`/https:~1~1example.com~1tenant`), which is never ambiguous.',
      example: 'organization',
    },
    subjectClaim: {
      name: 'GW_SUBJECT_CLAIM',
      type: claimName(),
      default: 'sub',
      description: 'The claim that names the caller in audit lines. Written like `GW_TENANT_CLAIM`.',
      example: 'preferred_username',
    },
    roleClaims: {
      name: 'GW_ROLE_CLAIM',
      aliases: ['ROLE_CLAIM'],
      type: list(claimName(), 'comma-separated claims'),
      default: 'roles',
      description:
        'The claims that hold roles or groups; the strongest role found in any of them counts. Written like `GW_TENANT_CLAIM`.',
      example: 'roles,groups,realm_access.roles',
    },
    tokenCacheSize: {
      name: 'GW_TOKEN_CACHE_SIZE',
      type: integer(0, 1_000_000),
      default: '10000',
      description:
        'The most verified tokens that are cached, never beyond their `exp`. `0` verifies the signature on every request.',
      example: '50000',
    },
    denyListFile: {
      name: 'GW_DENY_LIST_FILE',
      type: text('path'),
      description:
        'A file that ends the access of callers and tokens before the tokens expire ([ending access](../ending-access.md)). It is read again while the gateway runs: a change is in use within 5 seconds.',
      example: '/etc/mlflow-gateway/deny-list/deny-list.json',
    },
    devRole: {
      name: 'GW_DEV_ROLE',
      type: roleName(),
      description:
        'The role of every caller in off mode; `admin` when not set. An error in oidc mode, where roles come from tokens only.',
      example: 'viewer',
    },
  },
  rbac: {
    viewerAliases: {
      name: 'GW_RBAC_VIEWER_ALIASES',
      aliases: ['RBAC_VIEWER_ALIASES'],
      type: list(text('text', 512), 'comma-separated values'),
      description:
        'Claim values that mean viewer. The word `viewer` itself always does. Compared exactly, letter case included.',
      example: 'ml-readers,MLflow.Viewer',
    },
    contributorAliases: {
      name: 'GW_RBAC_CONTRIBUTOR_ALIASES',
      aliases: ['RBAC_CONTRIBUTOR_ALIASES'],
      type: list(text('text', 512), 'comma-separated values'),
      description: 'Claim values that mean contributor. The word `contributor` itself always does.',
      example: 'ml-engineers',
    },
    adminAliases: {
      name: 'GW_RBAC_ADMIN_ALIASES',
      aliases: ['RBAC_ADMIN_ALIASES'],
      type: list(text('text', 512), 'comma-separated values'),
      description:
        'Claim values that mean admin of the caller’s own tenant. The word `admin` itself always does.',
      example: 'ml-leads',
    },
    platformAdminAliases: {
      name: 'GW_RBAC_PLATFORM_ADMIN_ALIASES',
      type: list(text('text', 512), 'comma-separated values'),
      description:
        'Claim values that mean platform-admin, who may act across tenants. No other value does, not even the word `platform-admin`. Every use is marked in the audit log.',
      example: 'mlops-platform',
    },
    defaultDeny: {
      name: 'GW_RBAC_DEFAULT_DENY',
      aliases: ['RBAC_DEFAULT_DENY'],
      type: boolean(),
      default: 'true',
      description:
        'Kept for compatibility. Requests that are not in the catalog are always denied; `false` is accepted and changes nothing, except for a warning at start.',
      example: 'true',
    },
    policyFile: {
      name: 'GW_RBAC_POLICY_FILE',
      type: text('path'),
      description:
        'A JSON file that defines roles beside the built-in ones. It is read again while the gateway runs: a change is in use within 5 seconds, for cached tokens too.',
      example: '/etc/mlflow-gateway/policy.json',
    },
  },
  tenancy: {
    strategy: {
      name: 'GW_TENANCY',
      type: oneOf(['auto', 'workspaces', 'tags']),
      default: 'auto',
      description:
        'How tenants are kept apart in MLflow. `workspaces`: each tenant is a workspace (MLflow 3.10 or newer with `--enable-workspaces`). `tags`: by a tag on every resource of a tenant. `auto` asks the server at start.',
      example: 'workspaces',
    },
    tagKey: {
      name: 'GW_TENANT_TAG_KEY',
      aliases: ['TENANT_TAG_KEY'],
      type: tagKey(),
      default: 'tenant',
      description:
        'With `tags`: the key of the tag that names the owner. Callers can neither set nor remove it.',
      example: 'owner_team',
    },
    showTag: {
      name: 'GW_SHOW_TENANT_TAG',
      type: boolean(),
      default: 'false',
      description:
        'With `tags`: whether responses show the tag that names the owner. Otherwise only a platform-admin sees it, and a caller that names it in a filter.',
      example: 'true',
    },
    sharedExperiments: {
      name: 'GW_SHARED_EXPERIMENTS',
      type: sharedExperiments(list(experimentId())),
      default: '0',
      description:
        'With `tags`: experiments that every tenant may use, each seeing only its own runs in them. `none` for no such experiment.',
      example: '0,42',
    },
    replicas: {
      name: 'GW_REPLICAS',
      type: integer(1, 1000),
      default: '1',
      description:
        'With `tags`: the most gateways in front of this MLflow at one time, including those of an upgrade. Above 1, a request that frees the name of a registered model, prompt, MCP server or skill (delete, rename) is refused with 403 `several_replicas`, since another replica may be writing to that name. The chart sets it.',
      example: '2',
    },
    artifactRoot: {
      name: 'GW_TENANT_ARTIFACT_ROOT',
      type: artifactRoot(),
      description:
        'With `tags`: the allowed root for the artifact location of an experiment (`artifact_location`) and the source of a model version; `{tenant}` stands for the tenant’s name. When not set, MLflow chooses the location and callers cannot.',
      example: 's3://artifacts/tenants/{tenant}',
    },
    unknownTags: {
      name: 'GW_UNKNOWN_MLFLOW_TAGS',
      type: oneOf(['refuse-on-newer', 'refuse', 'allow']),
      default: 'refuse-on-newer',
      description:
        'How the gateway handles tags `mlflow.*` that no MLflow in the catalog has. A newer MLflow may act on them; 3.18 runs jobs by a tag. `refuse-on-newer` refuses them (`reserved_tag`) when MLflow reports a version newer than the catalog’s, or none. Reading them is never refused.',
      example: 'refuse',
    },
    map: {
      name: 'GW_TENANT_MAP',
      type: tenantMap(),
      description:
        'With `workspaces`: the workspaces of tenants that have another name in tokens. Each tenant and each workspace may occur once; the name of any other tenant is the name of its workspace.',
      example: 'Team_A=team-a,4711=vision',
    },
    allowDefaultWorkspace: {
      name: 'GW_ALLOW_DEFAULT_WORKSPACE',
      type: boolean(),
      default: 'false',
      description:
        'With `workspaces`: whether the workspace `default` may be a tenant. Requests that name no workspace use it, and it holds all data from before workspaces were enabled.',
      example: 'false',
    },
    autocreateWorkspaces: {
      name: 'GW_WORKSPACE_AUTOCREATE',
      type: boolean(),
      default: 'false',
      description:
        'With `workspaces`: whether a tenant’s workspace is created on its first request. Otherwise an administrator creates it.',
      example: 'true',
    },
    serverFeatures: {
      name: 'GW_ALLOW_SERVER_FEATURES',
      type: list(text('feature', 64), 'comma-separated features'),
      description:
        'Features that act on the MLflow server itself rather than on a tenant’s data, and that callers may still use. The catalog’s reference page names them; all of them are off by default.',
      example: 'assistant,demo',
    },
  },
  http: {
    pathPrefix: {
      name: 'GW_PATH_PREFIX',
      type: pathPrefix(),
      description:
        'The path that the whole gateway is served under, if it shares a host with other programs and the proxy in front leaves the path unchanged: `/mlflow` for `https://ml.example.com/mlflow/`. A path that is not below it does not exist, except the probes `/healthz` and `/readyz`, which are never below it.',
      example: '/mlflow',
    },
    allowedOrigins: {
      name: 'GW_ALLOWED_ORIGINS',
      type: list(webOrigin(), 'comma-separated origins'),
      description:
        'Other origins with pages that may call the gateway from a browser. Pages of the gateway’s own origin always may.',
      example: 'https://notebooks.example.com',
    },
    trustedProxies: {
      name: 'GW_TRUSTED_PROXIES',
      type: list(addressRange(), 'comma-separated addresses and CIDR ranges'),
      description:
        'The addresses of proxies from which the gateway accepts `X-Forwarded-*` and `Forwarded` headers. It drops these headers from any other address; by default no address is trusted.',
      example: '10.0.0.0/8,192.168.1.5',
    },
  },
  limits: {
    requestTimeoutMs: {
      name: 'GW_REQUEST_TIMEOUT_SECONDS',
      type: seconds(1, 3600),
      default: '30',
      description:
        'The time until the first byte of MLflow’s response. It does not limit the length of an upload or download. If MLflow must access its artifact store before it answers (a download, a listing, a stored upload), `GW_STREAM_IDLE_TIMEOUT_SECONDS` counts if it is longer.',
      example: '60',
    },
    streamIdleTimeoutMs: {
      name: 'GW_STREAM_IDLE_TIMEOUT_SECONDS',
      type: seconds(1, 86400),
      default: '300',
      description:
        'How long an upload or download may stall before it is aborted, also while MLflow fetches or stores the artifact. While bytes move there is no limit.',
      example: '600',
    },
    tenantRequestsAtOnce: {
      name: 'GW_TENANT_REQUESTS_AT_ONCE',
      type: integer(1, LIMITS.requestsAtOnce.value),
      default: `${LIMITS.requestsAtOncePerTenant.value}`,
      description:
        'The most requests of one tenant in flight at MLflow, including downloads and uploads. Further requests wait for their turn, for `GW_REQUEST_TIMEOUT_SECONDS` at most. A lower value limits how much one tenant can slow down the others; do not set it below the number of MLflow’s workers.',
      example: '16',
    },
    maxBodyBytes: {
      name: 'GW_MAX_BODY_BYTES',
      type: size('1KiB', '1GiB'),
      default: '4MiB',
      description:
        'The largest JSON or OTLP body, or form with the archive of a skill, that the gateway reads. Artifacts are streamed and not limited by it. The memory set aside for bodies is sixteen times as much: with a larger value the gateway needs a larger memory limit, and one body can delay all other requests for longer than 50 ms.',
      example: '8MiB',
    },
    presignedMaxSeconds: {
      name: 'GW_PRESIGNED_MAX_SECONDS',
      type: integer(0, 604_800),
      default: `${LIMITS.presignedSeconds.value}`,
      description:
        'The longest time, in seconds, for which MLflow may sign a URL of an artifact. Whoever has such a URL reaches the storage without the gateway until it expires. MLflow signs the parts of a multipart upload for 3600 seconds; with a lower value they are refused, and MLflow’s client sends the file through the gateway. `0` refuses all signed URLs.',
      example: '3600',
    },
  },
  audit: {
    file: {
      name: 'GW_AUDIT_FILE',
      type: text('path'),
      description:
        'The file that audit lines are appended to; standard output when not set. SIGHUP reopens it, for log rotation.',
      example: '/var/log/mlflow-gateway/audit.jsonl',
    },
  },
  metrics: {
    port: {
      name: 'GW_METRICS_PORT',
      type: integer(0, 65535),
      description:
        'The TCP port at which Prometheus reads the gateway’s metrics, at `/metrics`; without it the gateway collects and serves no metrics. It must differ from `GW_LISTEN_PORT`: anyone who can reach it reads all metrics, without a token. With `0` the system chooses a port, which the gateway logs.',
      example: '9464',
    },
    host: {
      name: 'GW_METRICS_HOST',
      type: listenHost(),
      default: '0.0.0.0',
      description: 'The address to serve metrics at. `::` includes IPv6.',
      example: '127.0.0.1',
    },
    mlflow: {
      name: 'GW_METRICS_MLFLOW',
      type: boolean(),
      default: 'false',
      description:
        'Whether `/mlflow/metrics` at `GW_METRICS_PORT` serves the Prometheus metrics of MLflow itself, for an MLflow with `--expose-prometheus`. They cover all tenants, so the port for callers never serves them.',
      example: 'true',
    },
  },
  jobs: {
    port: {
      name: 'GW_JOBS_PORT',
      type: integer(0, 65535),
      description:
        'The TCP port on 127.0.0.1 at which MLflow’s own jobs reach its AI gateway, without a token: online scoring, judges. Give MLflow `MLFLOW_GATEWAY_URI=http://127.0.0.1:<port>`. In a pod, only its own containers can reach the port; on a machine with several users, all of them can. Not served when not set.',
      example: '5100',
    },
  },
  log: {
    level: {
      name: 'GW_LOG_LEVEL',
      type: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
        warning: 'warn',
        critical: 'fatal',
      }),
      default: 'info',
      description: 'The level of the operational log on standard error. Audit lines are not affected.',
      example: 'debug',
    },
  },
} as const satisfies Record<string, Record<string, Variable>>;

/** Titles of the groups on the reference page. */
export const GROUP_TITLES: Readonly<Record<keyof typeof VARIABLES, string>> = {
  listen: 'Listening',
  tls: 'TLS',
  upstream: 'MLflow',
  auth: 'Identity',
  rbac: 'Roles',
  tenancy: 'Tenants',
  http: 'Browsers and proxies',
  limits: 'Limits',
  audit: 'Audit',
  metrics: 'Metrics',
  jobs: 'MLflow’s own jobs',
  log: 'Logs',
};

/** Every variable, in the order of the reference page. */
export function allVariables(): readonly Variable[] {
  return Object.values(VARIABLES).flatMap((group): Variable[] => Object.values(group));
}
