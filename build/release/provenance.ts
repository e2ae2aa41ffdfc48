export interface ProvenanceOptions {
  readonly version: string;
  readonly commit: string;
  readonly at: Date;
}

/**
 * How a dry run was built: the predicate of a SLSA provenance statement (https://slsa.dev/spec/v1.0/provenance). cosign adds the subject. It
 * names no builder that anyone should trust; a release has GitHub's.
 *
 * @example
 * provenance({ version: '0.1.0', commit: 'c0ffee', at: new Date() });
 */
export function provenance({ version, commit, at }: ProvenanceOptions): string {
  const source = 'https://github.com/mlflow-gateway/mlflow-gateway';
  return JSON.stringify({
    buildDefinition: {
      buildType: `${source}/blob/main/docs/releasing.md#dry-run`,
      externalParameters: { version },
      internalParameters: {},
      resolvedDependencies: [{ uri: `git+${source}@refs/tags/v${version}`, digest: { gitCommit: commit } }],
    },
    runDetails: {
      builder: { id: `${source}/blob/main/build/release/dry-run.ts` },
      metadata: { startedOn: at.toISOString() },
    },
  });
}
