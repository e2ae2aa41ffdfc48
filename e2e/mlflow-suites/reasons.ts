export type Strategy = 'workspaces' | 'tags';

/** Tests of MLflow that pass directly and fail through the gateway, with the reason. */
export interface Known {
  readonly strategies: readonly Strategy[];
  /** Functions. */
  readonly tests: readonly string[];
  /** A pattern for the message of the failure. */
  readonly says: RegExp;
  /** For docs/mlflow-tests.md. */
  readonly reason: string;
}

/** Every expected failure. A failure without an entry fails the command, and so does an entry without a failure. */
export const KNOWN: readonly Known[] = [
  {
    strategies: ['tags'],
    tests: ['test_create_endpoint_with_usage_tracking'],
    says: /No Experiment with id=\d+ exists/,
    reason: 'the experiment that the AI gateway creates for its own records belongs to no tenant',
  },
  {
    strategies: ['tags'],
    tests: ['test_empty_resource_spans_returns_400'],
    says: /'no spans found' in .*expected a well-formed experiment id/,
    reason: 'an export with neither spans nor a well-formed experiment id is refused because of the id',
  },
  {
    strategies: ['tags'],
    tests: ['test_invalid_content_type_returns_400'],
    says: /415 == 400/,
    reason:
      'the gateway responds 415 to an unsupported media type in all operations; MLflow’s OpenTelemetry route responds 400',
  },
  {
    strategies: ['tags'],
    tests: [
      'test_search_model_versions_filter_string',
      'test_search_model_versions_max_results',
      'test_search_model_versions_order_by',
      'test_latest_models',
      'test_create_logged_model',
    ],
    says: /RESOURCE_DOES_NOT_EXIST: Run with id=\w+ not found/,
    reason:
      'the new version or model refers to a run that does not exist (`runs:/run_id/model`): MLflow accepts it; the gateway responds as for another tenant’s run',
  },
  {
    strategies: ['tags'],
    tests: [
      'test_get_metric_history_bulk_rejects_invalid_requests',
      'test_get_metric_history_bulk_interval_rejects_invalid_requests',
      'test_search_dataset_handler_rejects_invalid_requests',
    ],
    says: / accepts at most \d+ items; [\d,]+ were sent\./,
    reason: 'the gateway refuses the list as too long too, with the same sentence for all lists',
  },
  {
    strategies: ['tags'],
    tests: ['test_create_promptlab_run_handler_rejects_invalid_requests'],
    says: /404 == 400/,
    reason:
      'the gateway looks up the experiment, which does not exist, before MLflow checks for missing parameters',
  },
  {
    strategies: ['tags'],
    tests: ['test_create_experiment_validation'],
    says: /Invalid value 9 for parameter/,
    reason: 'the value `9.0` of the wrong type is repeated as `9`',
  },
  {
    strategies: ['tags'],
    tests: ['test_path_validation'],
    says: /Invalid path\. It must be relative/,
    reason: 'MLflow says only `Invalid path`; the gateway names the field and says what to send',
  },
  {
    strategies: ['tags'],
    tests: ['test_graphql_handler_batching_raise_error'],
    says: /400 == 200/,
    reason:
      'the gateway refuses GraphQL that is too large with 400; MLflow responds 200 with a list of errors',
  },
  {
    strategies: ['tags'],
    tests: ['test_create_get_search_experiment'],
    says: /artifact_location must lie below the artifacts of a run or model of yours/,
    reason:
      'a tenant cannot choose the `artifact_location` of an experiment without `GW_TENANT_ARTIFACT_ROOT`',
  },
  {
    strategies: ['tags'],
    tests: ['test_create_model_version_with_path_source', 'test_create_model_version_with_file_uri'],
    says: /403 == (200|400)/,
    reason:
      'the source of a model version on the server’s disk must be a `file:` URI without dot segments below a run of the tenant; the gateway refuses others with 403, MLflow with 400',
  },
  {
    strategies: ['tags'],
    tests: ['test_search_experiments'],
    says: /list index out of range/,
    reason: 'the experiment "Default" is shared by all tenants, so no tenant’s list includes it',
  },
  {
    strategies: ['tags'],
    tests: ['test_log_input'],
    says: /datasets cannot be logged in a shared experiment/,
    reason:
      'MLflow keeps one dataset for all tenants in the shared "Default", so the gateway refuses to log one there',
  },
  {
    strategies: ['tags'],
    tests: ['test_get_trace_handler'],
    says: /500 == 200/,
    reason:
      'the gateway refuses spans of a new trace in the shared "Default", so MLflow has the data of the trace only as a file',
  },
  {
    strategies: ['tags'],
    tests: ['test_link_traces_to_run_and_search_traces'],
    says: /RESOURCE_DOES_NOT_EXIST: Trace with ID 'tr-\w+' not found\./,
    reason:
      'the test links a trace to a run while the client is still sending the trace, which does not exist until then',
  },
  {
    strategies: ['tags'],
    tests: ['test_search_issues_no_filters'],
    says: /400 == 200/,
    reason:
      'a search for issues must name an experiment: without one, MLflow searches the experiments of all tenants',
  },
  {
    strategies: ['tags'],
    tests: [
      'test_delete_restore_experiment_cli',
      'test_rename_experiment_cli',
      'test_add_dataset_to_experiments_rest_tracking',
      'test_remove_dataset_from_experiments_rest_tracking',
    ],
    says: /'NoneType' object has no attribute 'experiment_id'|Evaluation dataset with id 'd-\w+' not found/,
    reason: 'the test creates resources directly in MLflow’s database, so they belong to no tenant',
  },
  {
    strategies: ['tags'],
    tests: ['test_gateway_proxy_handler_rejects_invalid_requests'],
    says: /the gateway did not start/,
    reason: 'the test’s second MLflow stores its data in the first one and sends its gateway no tenant',
  },
];
