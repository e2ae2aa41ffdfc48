/**
 * A scorer that MLflow accepts, as its client writes it: a built-in one or one that asks a model, so nothing is executed.
 *
 * @param model of the judge, for one that asks a model
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
