import { parse } from 'yaml';
import type { ChartName, ContainerSpec, EnvEntry, PodObject, Values } from './types.ts';

/** The blocks in the notes of the release for MLflow's values, by chart. */
export type ByHand = Readonly<Record<ChartName, Values>>;

const BEFORE: Readonly<Record<ChartName, RegExp>> = {
  official: /In the values of MLflow's own chart:\n\n((?: {5}.*\n)+)/,
  community: /In the values of community-charts\/mlflow:\n\n((?: {5}.*\n)+)/,
};

/**
 * Reads the two blocks of YAML from the notes that `helm install` prints with `injection.method=none`.
 *
 * @throws Error if a block is missing or is not YAML
 */
export function readByHand(notes: string): ByHand {
  const block = (chart: ChartName): Values => {
    const found = BEFORE[chart].exec(notes);
    if (found === null) throw new Error(`the notes say nothing for the ${chart} chart:\n${notes}`);
    return parse(found[1]!) as Values;
  };
  return { official: block('official'), community: block('community') };
}

/** The same in a manifest: MLflow's container is the first. */
export function writeByHand(pod: PodObject, { official }: ByHand): PodObject {
  const [mlflow, ...others] = pod.spec.containers as [ContainerSpec, ...ContainerSpec[]];
  const { spec, metadata } = pod;
  const added = official as {
    podLabels: Record<string, string>;
    extraInitContainers: ContainerSpec[];
    extraVolumes: object[];
    extraVolumeMounts: object[];
    env: EnvEntry[];
  };
  const written = {
    ...mlflow,
    env: [...(mlflow.env ?? []), ...added.env],
    volumeMounts: [...((mlflow.volumeMounts as object[] | undefined) ?? []), ...added.extraVolumeMounts],
  };
  return {
    ...pod,
    metadata: { ...metadata, labels: { ...metadata.labels, ...added.podLabels } },
    spec: {
      ...spec,
      containers: [written, ...others],
      initContainers: [...(spec.initContainers ?? []), ...added.extraInitContainers],
      volumes: [...((spec.volumes as object[] | undefined) ?? []), ...added.extraVolumes],
    },
  };
}
