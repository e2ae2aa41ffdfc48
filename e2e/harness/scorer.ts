/**
 * A scorer as MLflow's client writes it: a built-in one or one that calls a model, so no code is executed.
 *
 * @param model the model, for a scorer that calls one
 */
export const serializedScorer = (name: string, model?: string): string =>
  JSON.stringify({
    name,
    aggregations: null,
    is_session_level_scorer: false,
    mlflow_version: '3.17.2',
    serialization_version: 1,
    ...(model === undefined
      ? {
          builtin_scorer_class: 'RelevanceToQuery',
          builtin_scorer_pydantic_data: { name, required_columns: ['inputs', 'outputs'] },
        }
      : {
          instructions_judge_pydantic_data: {
            feedback_value_type: { type: 'string' },
            instructions: 'Is {{ outputs }} right?',
            model,
          },
        }),
  });
