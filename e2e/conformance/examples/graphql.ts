import type { Family, Values } from '../../harness/world/family.ts';
import type { Example, Examples } from './example.ts';

const RUN = `info { runId runName experimentId } experiment { experimentId name tags { key value } }
  data { params { key value } tags { key value } metrics { key value } } modelVersions { name version source }`;

/** A query of MLflow's user interface, with one input object. */
function query(kind: 'query' | 'mutation', name: string, selection: string, data: object): Values {
  const field = `${name[0]!.toLowerCase()}${name.slice(1)}`;
  return {
    body: {
      operationName: 'Ask',
      query: `${kind} Ask($data: ${name}Input!) { ${field}(input: $data) { ${selection} apiError { code message } } }`,
      variables: { data },
    },
  };
}

const EXAMPLE: Example = {
  harmless: true,
  embedded: true,
  values: async (f) => query('query', 'MlflowGetRun', `run { ${RUN} }`, { runId: await f.id('run') }),
  more: async (here, there) => {
    const experiments = await bothOf(here, there, 'experiment');
    const runs = await bothOf(here, there, 'run');
    const [, experimentId] = experiments;
    const [, runId] = runs;
    const name = await there.id('registered-model');
    const version = 'modelVersions { name version description source runId }';
    return {
      mlflowGetExperiment: query(
        'query',
        'MlflowGetExperiment',
        'experiment { experimentId name artifactLocation tags { key value } }',
        { experimentId },
      ),
      'mlflowGetRun by run_uuid': query('query', 'MlflowGetRun', `run { ${RUN} }`, { runUuid: runId }),
      mlflowListArtifacts: query('query', 'MlflowListArtifacts', 'rootUri files { path }', { runId }),
      mlflowSearchRuns: query('query', 'MlflowSearchRuns', `runs { ${RUN} }`, {
        experimentIds: experiments,
      }),
      'mlflowSearchRuns as a mutation': query('mutation', 'MlflowSearchRuns', `runs { ${RUN} }`, {
        experimentIds: experiments,
      }),
      mlflowSearchModelVersions: query('query', 'MlflowSearchModelVersions', version, {
        filter: `name = '${name}'`,
      }),
      'mlflowSearchModelVersions of everybody': query('query', 'MlflowSearchModelVersions', version, {}),
      mlflowGetMetricHistoryBulkInterval: query(
        'query',
        'MlflowGetMetricHistoryBulkInterval',
        'metrics { key value runId }',
        { runIds: runs, metricKey: 'accuracy', maxResults: 10 },
      ),
      mlflowSearchDatasets: query(
        'mutation',
        'MlflowSearchDatasets',
        'datasetSummaries { experimentId name digest }',
        { experimentIds: experiments },
      ),
    };
  },
};

/** GraphQL, whose queries hold ids that the catalog has no fields for. MLflow reads them by GET too. */
export const GRAPHQL: Examples = { graphql: EXAMPLE, graphqlByGet: EXAMPLE };

async function bothOf(here: Family, there: Family, kind: string): Promise<readonly [string, string]> {
  return [await here.id(kind), await there.id(kind)];
}
