import { z } from 'zod';

/** A list that may be `null`. */
const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? undefined);

const port = z.looseObject({
  name: z.string().optional(),
  containerPort: z.int(),
  protocol: z.string().optional(),
});

const variable = z.looseObject({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z.unknown().optional(),
});

const probe = z.looseObject({
  httpGet: z
    .looseObject({
      path: z.string().optional(),
      port: z.union([z.string(), z.int()]),
      scheme: z.string().optional(),
    })
    .optional(),
});

const mount = z.looseObject({ name: z.string(), mountPath: z.string() });

const container = z.looseObject({
  name: z.string(),
  image: z.string().optional(),
  command: list(z.string()),
  args: list(z.string()),
  ports: list(port),
  env: list(variable),
  volumeMounts: list(mount),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  startupProbe: probe.optional(),
  lifecycle: z.looseObject({ preStop: z.unknown().optional() }).optional(),
  restartPolicy: z.string().optional(),
});

const strings = z.record(z.string(), z.string()).nullish();

/** The fields of a pod that the webhook reads. It ignores all others. */
const pod = z.looseObject({
  metadata: z.looseObject({
    name: z.string().optional(),
    generateName: z.string().optional(),
    namespace: z.string().optional(),
    labels: strings,
    annotations: strings,
  }),
  spec: z.looseObject({
    containers: z.array(container).min(1),
    initContainers: list(container),
    volumes: list(z.looseObject({ name: z.string() })),
    imagePullSecrets: list(z.looseObject({ name: z.string().optional() })),
    hostNetwork: z.boolean().optional(),
    restartPolicy: z.string().optional(),
    os: z.looseObject({ name: z.string() }).optional(),
    nodeSelector: strings,
    securityContext: z.looseObject({ runAsUser: z.int().optional() }).nullish(),
    terminationGracePeriodSeconds: z.int().nullish(),
  }),
});

export type Pod = z.output<typeof pod>;
export type Container = z.output<typeof container>;

/**
 * Reads a pod as the API server sends it.
 *
 * @throws z.ZodError when it is not a pod
 */
export function readPod(object: unknown): Pod {
  return pod.parse(object);
}

/** A variable in a container's `env`, without `value` if it cannot be read. `envFrom` cannot be read here. */
export function variableOf(
  { env }: Container,
  name: string,
): { readonly value: string | undefined } | undefined {
  // The last one wins.
  const found = env?.findLast((variable) => variable.name === name);
  if (found === undefined) return undefined;
  // Kubernetes replaces $(NAME) by other variables, which the webhook may not know.
  const known = found.valueFrom === undefined && !/\$\(/.test(found.value ?? '');
  return { value: known ? (found.value ?? '') : undefined };
}

/** The TCP ports that a container declares. */
export const tcpEntries = ({ ports = [] }: Container): NonNullable<Container['ports']> =>
  ports.filter(({ protocol = 'TCP' }) => protocol === 'TCP');

/** The numbers of the declared TCP ports, each once. */
export const tcpPorts = (container: Container): number[] => [
  ...new Set(tcpEntries(container).map(({ containerPort }) => containerPort)),
];

/** Whether a variable has a value or an unreadable one. An empty value counts as not set (Click). */
export function isOn(container: Container, name: string): boolean {
  const variable = variableOf(container, name);
  return variable !== undefined && variable.value !== '';
}
