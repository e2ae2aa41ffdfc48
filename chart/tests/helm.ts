import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

export const CHART = join(import.meta.dirname, '..');
export const HELM = process.env.HELM ?? 'helm';

/** The default cluster version of the tests. */
export const KUBERNETES = '1.34.0';

/** An object of the Kubernetes API, as the templates render it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: the test inspects the result
  readonly [more: string]: any;
}

export interface RenderOptions {
  readonly kubernetes?: string;
  /** `admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicy` and the like. */
  readonly apiVersions?: readonly string[];
  readonly namespace?: string;
  readonly release?: string;
  /** Whether values without `mlflow` get {@link MLFLOW}, which is required without a cluster. Default true. */
  readonly mlflow?: boolean;
}

/** The MLflow values that `helm template` requires in standalone mode. */
export const MLFLOW = { service: 'mlflow', port: 5000, podLabels: { app: 'mlflow' } } as const;

/** Minimal values that render. */
export const REQUIRED = {
  config: { GW_OIDC_ISSUER: 'https://idp.example.com/realms/ml', GW_OIDC_AUDIENCE: 'mlflow' },
} as const;

/** The objects of the chart with these values (an object, or the name of a case in `ci/`). */
export function render(values: object | string, options: RenderOptions = {}): readonly KubeObject[] {
  const {
    kubernetes = KUBERNETES,
    apiVersions = [],
    namespace = 'ml',
    release = 'gw',
    mlflow = true,
  } = options;
  const cluster = [
    '--kube-version',
    kubernetes,
    ...apiVersions.flatMap((version) => ['--api-versions', version]),
  ];
  const output = helm(
    ['template', release, CHART, '--namespace', namespace, ...cluster],
    mlflow ? withMlflow(values) : values,
  );
  return parseAllDocuments(output)
    .map((document) => {
      if (document.errors.length > 0) throw document.errors[0];
      return document.toJS() as KubeObject | null;
    })
    .filter((object) => object !== null);
}

/** Adds {@link MLFLOW} to values for standalone mode that do not describe MLflow. */
export function withMlflow<T extends object | string>(values: T): T {
  if (typeof values === 'string') return values;
  const { mode, mlflow = {} } = values as { mode?: string; mlflow?: object };
  // Sidecar mode needs no such values.
  if (mode === 'sidecar') return values;
  return { ...(values as object), mlflow: { ...MLFLOW, ...mlflow } } as T;
}

/** Helm's message when it refuses the values. @throws Error if it accepts them */
export function refusal(values: object, options: RenderOptions = {}): string {
  try {
    render(values, options);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the values were not refused');
}

/** `GOGC` of the Go programs that tests start: they are short-lived, and collecting their garbage takes a third of a helm run. */
export const FEW_COLLECTIONS = '800';

/** Runs helm; values other than a case of `ci/` are passed by standard input. Errors end with the output of helm. */
export function helm(args: readonly string[], values?: object | string, env: object = {}): string {
  const file = typeof values === 'string' ? join(CHART, 'ci', `${values}-values.yaml`) : '-';
  const input = typeof values === 'object' ? JSON.stringify(values) : '';
  try {
    return execFileSync(HELM, [...args, ...(values === undefined ? [] : ['--values', file])], {
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, GOGC: FEW_COLLECTIONS, ...env },
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOENT')
      throw new Error(`helm is not installed: put it on PATH, or name it by HELM (tried ${HELM})`);
    throw new Error(`helm ${args[0]}: ${stderr ?? (error as Error).message}`);
  }
}

/** The only object of a kind, or of a kind and name. */
export function one(objects: readonly KubeObject[], kind: string, name?: string): KubeObject {
  const found = objects.filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  if (found.length !== 1)
    throw new Error(
      `${found.length} objects ${kind} ${name ?? ''} among ${objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`).join(', ')}`,
    );
  return found[0]!;
}

export const kinds = (objects: readonly KubeObject[]): readonly string[] =>
  [...new Set(objects.map(({ kind }) => kind))].sort();
