export type Strategy = 'workspaces' | 'tags';

/** Why tests of MLflow's that pass straight fail through the gateway. */
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
    reason: 'the experiment that the AI gateway makes for its own records is nobody’s',
  },
  {
    strategies: ['tags'],
    tests: ['test_empty_resource_spans_returns_400'],
    says: /'no spans found' in .*expected a well-formed experiment id/,
    reason: 'an export that has neither spans nor a well-formed experiment id is refused for the id',
  },
  {
    strategies: ['tags'],
    tests: ['test_invalid_content_type_returns_400'],
    says: /415 == 400/,
    reason:
      'a media type that the operation does not take is 415 for all operations; MLflow’s OpenTelemetry route says 400',
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
      'what is made refers to a run that does not exist (`runs:/run_id/model`): MLflow takes it; the gateway answers as for another tenant’s',
  },
  {
    strategies: ['tags'],
    tests: [
      'test_get_metric_history_bulk_rejects_invalid_requests',
      'test_get_metric_history_bulk_interval_rejects_invalid_requests',
      'test_search_dataset_handler_rejects_invalid_requests',
    ],
    says: / accepts at most \d+ items; [\d,]+ were sent\./,
    reason: 'a list is too long for the gateway too, which says so in one sentence for all lists',
  },
  {
    strategies: ['tags'],
    tests: ['test_create_promptlab_run_handler_rejects_invalid_requests'],
    says: /404 == 400/,
    reason: 'the experiment is looked up before MLflow looks for missing parameters, and does not exist',
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
    reason: 'where MLflow says only `Invalid path`, the gateway names the field and says what to send',
  },
  {
    strategies: ['tags'],
    tests: ['test_graphql_handler_batching_raise_error'],
    says: /400 == 200/,
    reason: 'GraphQL that is too large is refused with 400; MLflow answers 200 with a list of errors',
  },
  {
    strategies: ['tags'],
    tests: ['test_create_get_search_experiment'],
    says: /artifact_location must lie below the artifacts of a run or model of yours/,
    reason:
      'an experiment’s `artifact_location` is not the tenant’s to choose without `GW_TENANT_ARTIFACT_ROOT`',
  },
  {
    strategies: ['tags'],
    tests: ['test_create_model_version_with_path_source', 'test_create_model_version_with_file_uri'],
    says: /403 == (200|400)/,
    reason:
      'as the source of a model version, a path of the server has to be a `file:` URI without dot segments below a run of the tenant’s; the refusal is 403 where MLflow’s is 400',
  },
  {
    strategies: ['tags'],
    tests: ['test_search_experiments'],
    says: /list index out of range/,
    reason: 'the experiment "Default" is shared by all tenants and in nobody’s list',
  },
  {
    strategies: ['tags'],
    tests: ['test_log_input'],
    says: /datasets cannot be logged in a shared experiment/,
    reason: 'in the shared "Default" MLflow keeps one dataset for all tenants: logging one there is refused',
  },
  {
    strategies: ['tags'],
    tests: ['test_get_trace_handler'],
    says: /500 == 200/,
    reason:
      'spans of a new trace cannot be sent into the shared "Default", so that MLflow has the trace’s data as a file only',
  },
  {
    strategies: ['tags'],
    tests: ['test_link_traces_to_run_and_search_traces'],
    says: /RESOURCE_DOES_NOT_EXIST: Trace with ID 'tr-\w+' not found\./,
    reason: 'a trace is linked to a run while the client is still sending it: until then it does not exist',
  },
  {
    strategies: ['tags'],
    tests: ['test_search_issues_no_filters'],
    says: /400 == 200/,
    reason: 'issues are searched in an experiment that is named: without one MLflow searches in everybody’s',
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
    reason: 'the test makes things in MLflow’s database itself, past the server, so that they are nobody’s',
  },
  {
    strategies: ['tags'],
    tests: ['test_gateway_proxy_handler_rejects_invalid_requests'],
    says: /the gateway did not start/,
    reason: 'the test’s second MLflow keeps its data in the first one, whose gateway it sends no tenant',
  },
];
