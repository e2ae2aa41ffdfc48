import { z } from 'zod';
import { unknownVariables } from '../config/environment.ts';
import { readVariable } from '../config/read-values.ts';
import { allVariables } from '../config/schema.ts';
import { SettingsError } from './settings-error.ts';

/** Variables of the gateway that the webhook derives from the pod. Settings cannot set them. */
const RESERVED_VARIABLES = [
  'GW_TARGET_BASE_URL',
  'GW_LISTEN_HOST',
  'GW_LISTEN_PORT',
  'GW_SIDECAR_CHECK_PORTS',
] as const;

/** A Unix socket path has at most 107 bytes; this leaves room for the file name. */
const MAX_DIRECTORY = 90;

/** Part of the Kubernetes API that is passed through unchanged; the API server validates it. */
const passedThrough = z.record(z.string(), z.unknown());

const dnsLabel = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be lower-case letters, digits and dashes, at most 63');

const environmentVariable = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable')
      .refine((name) => !RESERVED_VARIABLES.includes(name as never), {
        error: ({ input }) => `${input} follows from the pod and cannot be set`,
      })
      .refine((name) => !name.startsWith('GW_TLS_'), {
        error: ({ input }) =>
          `${input} cannot be set: a sidecar serves HTTP, as the pod's probes and Services expect`,
      }),
    value: z.string().optional(),
    valueFrom: passedThrough.optional(),
  })
  .refine(({ value, valueFrom }) => value === undefined || valueFrom === undefined, {
    error: 'has value and valueFrom; keep one',
  });

const probe = z
  .strictObject({
    initialDelaySeconds: z.int().min(0).optional(),
    periodSeconds: z.int().min(1).optional(),
    timeoutSeconds: z.int().min(1).optional(),
    failureThreshold: z.int().min(1).optional(),
  })
  .prefault({});

const gatewaySchema = z.strictObject({
  /** Default: the image's entrypoint. */
  command: z.array(z.string()).min(1).optional(),
  args: z.array(z.string()).default(['serve']),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
  /** Literal values and references to secrets. They win over `envFrom`. */
  env: z.array(environmentVariable).default([]),
  /** ConfigMaps and Secrets in the namespace of MLflow's pod. */
  envFrom: z.array(passedThrough).default([]),
  volumeMounts: z
    .array(z.looseObject({ name: z.string().min(1), mountPath: z.string().startsWith('/') }))
    .default([]),
  resources: passedThrough.default({
    requests: { cpu: '50m', memory: '128Mi' },
    limits: { memory: '256Mi' },
  }),
  /** Added to the settings that Pod Security `restricted` requires, and overrides them. */
  securityContext: passedThrough.default({}),
  /** For `preStop`: the image's command for `mlflow-gateway drain`. */
  lifecycle: passedThrough.optional(),
  probes: z.strictObject({ startup: probe, readiness: probe, liveness: probe }).prefault({}),
});

const settingsSchema = z.strictObject({
  /** `native`: an init container with restartPolicy Always (Kubernetes 1.29); `container`: a regular container. */
  sidecar: z.enum(['native', 'container']).default('native'),
  /** The name of MLflow's container, unless an annotation names another. */
  container: dnsLabel.default('mlflow'),
  socket: z
    .strictObject({
      /** Mount path of the volume with MLflow's socket, in both containers. */
      directory: z
        .string()
        .max(MAX_DIRECTORY)
        .regex(/^(?:\/[A-Za-z0-9._-]+)+$/, 'must be an absolute path without a slash at its end')
        .refine((path) => !path.split('/').some((part) => part === '.' || part === '..'), {
          error: 'must not have . or .. in it',
        })
        .default('/run/mlflow'),
      /** `Memory` keeps the volume off the disk. A socket has no contents in either case. */
      medium: z.enum(['', 'Memory']).default(''),
    })
    .prefault({}),
  gateway: gatewaySchema.prefault({}),
  mlflow: z
    .strictObject({
      /**
       * Added to MLflow's container unless it has a preStop hook: MLflow must serve until the gateway has drained.
       * `sleep` needs Kubernetes 1.30. `null` adds none.
       */
      preStop: passedThrough.nullable().default({ sleep: { seconds: 10 } }),
    })
    .prefault({}),
  /** Added to the pod, for `gateway.volumeMounts`. */
  volumes: z.array(z.looseObject({ name: dnsLabel })).default([]),
  imagePullSecrets: z.array(z.strictObject({ name: z.string().min(1) })).default([]),
  podAnnotations: z.record(z.string().min(1), z.string()).default({}),
  /** TCP ports of the pod that the release's NetworkPolicy opens to callers; empty if unknown. */
  openPorts: z.array(z.int().min(1).max(65535)).default([]),
});

/** The webhook's settings: everything it adds to a pod that it does not derive from the pod. */
export interface Settings extends z.output<typeof settingsSchema> {
  /** The gateway's image (`GW_INJECT_IMAGE`). */
  readonly image: string;
}

/** A variable that the settings give every gateway; without `value` if they use `valueFrom`. */
export const givenVariable = (
  { gateway }: Settings,
  name: string,
): Settings['gateway']['env'][number] | undefined => gateway.env.find((variable) => variable.name === name);

/**
 * Reads the settings file: JSON with optional fields only.
 *
 * @throws SettingsError with every problem
 * @example
 * readSettings('{"gateway":{"env":[{"name":"GW_OIDC_ISSUER","value":"https://idp.example"}]}}', 'mlflow-gateway:1');
 */
export function readSettings(text: string, image: string): Settings {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new SettingsError([`is not JSON: ${(error as Error).message}`]);
  }
  const parsed = settingsSchema.safeParse(json);
  if (!parsed.success) throw new SettingsError(parsed.error.issues.flatMap(describe));
  const problems = [...findClashes(parsed.data), ...findBadVariables(parsed.data)];
  if (problems.length > 0) throw new SettingsError(problems);
  return { ...parsed.data, image };
}

function describe({ path, message, ...issue }: z.core.$ZodIssue): string[] {
  const at = path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  );
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${at === '' ? key : `${at}.${key}`}: there is no such setting`);
  }
  return [at === '' ? message : `${at}: ${message}`];
}

function findClashes({ gateway, volumes, socket }: z.output<typeof settingsSchema>): string[] {
  const problems: string[] = [];
  const unique = (where: string, values: readonly string[], taken: readonly string[] = []): void => {
    values.forEach((value, i) => {
      if (values.indexOf(value) < i || taken.includes(value))
        problems.push(`${where}: ${value} is there already`);
    });
  };
  unique(
    'gateway.env',
    gateway.env.map(({ name }) => name),
  );
  unique(
    'volumes',
    volumes.map(({ name }) => name),
    [SOCKET_VOLUME],
  );
  unique(
    'gateway.volumeMounts',
    gateway.volumeMounts.map(({ mountPath }) => mountPath),
    [socket.directory],
  );
  const names = volumes.map(({ name }) => name);
  for (const { name } of gateway.volumeMounts) {
    if (!names.includes(name)) problems.push(`gateway.volumeMounts: ${name} is not among the volumes`);
  }
  return problems;
}

/** Variables that the webhook must read to check pods, and the reason. */
const LITERAL_VARIABLES: Readonly<Record<string, string>> = {
  GW_PATH_PREFIX: 'probes are checked against it',
  GW_UPSTREAM_HOST: "MLflow's allowed hosts are checked against it",
};

/** Finds values with which the gateway would not start in any pod. */
function findBadVariables({ gateway }: z.output<typeof settingsSchema>): string[] {
  const env = Object.fromEntries(gateway.env.map(({ name, value }) => [name, value ?? 'from elsewhere']));
  const unknown = unknownVariables(env, allVariables());
  const bad = gateway.env.flatMap(({ name, value }) => {
    const why = value === undefined ? LITERAL_VARIABLES[name] : undefined;
    if (why !== undefined)
      return [{ variable: name, problem: 'is not a value', fix: `Write it out: ${why}.` }];
    const variable = allVariables().find((v) => v.name === name || v.aliases?.includes(name));
    const read =
      value === undefined || variable === undefined ? undefined : readVariable({ [name]: value }, variable);
    return read !== undefined && 'error' in read ? [read.error] : [];
  });
  return [...unknown, ...bad].map(
    ({ variable, problem, fix }) => `gateway.env: ${variable} ${problem}. ${fix}`,
  );
}

/** The name of the gateway's container. Its presence marks an injected pod. */
export const SIDECAR = 'mlflow-gateway';
/** The volume that holds MLflow's socket. */
export const SOCKET_VOLUME = 'mlflow-gateway-socket';
