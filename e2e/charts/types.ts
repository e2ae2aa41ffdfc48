/** A chart that people install MLflow with, or none: a manifest of their own. */
export type Origin = 'official' | 'community' | 'plain';
export const ORIGINS: readonly Origin[] = ['official', 'community', 'plain'];
export type ChartName = Exclude<Origin, 'plain'>;

/** How the gateway gets into a pod. */
export type Method = 'webhook' | 'policy' | 'by hand';
export const METHODS: readonly Method[] = ['webhook', 'policy', 'by hand'];

/** Values of a chart. */
export type Values = Readonly<Record<string, unknown>>;

export interface EnvEntry {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly fieldRef?: { readonly fieldPath: string };
    readonly secretKeyRef?: { readonly name: string; readonly key: string };
    readonly configMapKeyRef?: { readonly name: string; readonly key: string };
  };
}

interface ProbeSpec {
  readonly httpGet?: { readonly path?: string; readonly port: string | number; readonly scheme?: string };
}

export interface ContainerSpec {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvEntry[];
  readonly envFrom?: readonly {
    readonly configMapRef?: { readonly name: string };
    readonly secretRef?: { readonly name: string };
  }[];
  readonly ports?: readonly {
    readonly name?: string;
    readonly containerPort: number;
    readonly protocol?: string;
  }[];
  readonly startupProbe?: ProbeSpec;
  readonly livenessProbe?: ProbeSpec;
  readonly readinessProbe?: ProbeSpec;
  readonly restartPolicy?: string;
  readonly securityContext?: { readonly readOnlyRootFilesystem?: boolean };
  readonly [more: string]: unknown;
}

export interface PodSpec {
  readonly containers: readonly ContainerSpec[];
  readonly initContainers?: readonly ContainerSpec[];
  readonly restartPolicy?: string;
  readonly [more: string]: unknown;
}

export interface PodObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: PodSpec;
}

/** The rendered objects of a chart that concern the gateway. */
export interface Rendering {
  /** The pods of its Deployments (`server`), Jobs and CronJobs (`job`). */
  readonly pods: readonly { readonly role: 'server' | 'job'; readonly pod: PodObject }[];
  /** ConfigMaps and Secrets that are part of the release, by name. */
  readonly data: Readonly<Record<string, Readonly<Record<string, string>>>>;
}
