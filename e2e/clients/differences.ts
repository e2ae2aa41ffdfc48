export type Strategy = 'workspaces' | 'tags';

/** A difference between a day straight at MLflow and one through the gateway that is meant. */
export interface Known {
  readonly strategies: readonly Strategy[];
  /** Names of steps. */
  readonly step: RegExp;
  /** The place in the result of the step (`Difference.path`). */
  readonly path: RegExp;
  /** The value in MLflow's response, as JSON; absent if it has none. */
  readonly straight?: RegExp;
  /** The value in the gateway's response. */
  readonly gateway?: RegExp;
  /** For docs/clients.md, which lists it too. */
  readonly reason: string;
}

const BOTH: readonly Strategy[] = ['workspaces', 'tags'];
const MESSAGE = /^error\.message$/;
const CODE = /^error\.error_code$/;
const MISSING = /^"RESOURCE_DOES_NOT_EXIST: (.* not found\.?|No Experiment with id=\d+ exists)"$/;
const INTEGRITY = /^"BAD_REQUEST: \(sqlite3\.IntegrityError\) FOREIGN KEY constraint failed/;
const NO_FILTER = /^"INVALID_PARAMETER_VALUE: Invalid value for filter: at character \d+, /;

const LOOKED_UP =
  'what a request refers to is looked up before it is sent; MLflow answers that with an error of its database, or of something else';
const NAMED =
  'for a version of a missing model or skill, MLflow’s message has the version and the gateway’s the model or skill';
const UNCHOSEN =
  'where no experiment was chosen and the workspace has none with the id 0, the gateway adds how to choose one';
const GRAMMAR = 'filters are read by the gateway’s grammar, which says where reading stopped';
const SCORER_CODE =
  'a scorer with code of its own is refused by both: by MLflow unless a setting allows it, by the gateway for every caller except the platform admin';
const PLATFORM = 'acts across tenants: the platform admin’s';

/**
 * Every known difference. A difference without an entry fails the test, and so does an entry without a difference.
 */
export const KNOWN: readonly Known[] = [
  ...[
    { path: CODE, straight: /^"INVALID_PARAMETER_VALUE"$/, gateway: /^"PERMISSION_DENIED"$/ },
    {
      path: MESSAGE,
      straight: /^"INVALID_PARAMETER_VALUE: Custom scorer registration .* is disabled by default/,
      gateway: /^"PERMISSION_DENIED: serialized_scorer would have MLflow's server execute code/,
    },
  ].map((what) => ({
    strategies: BOTH,
    step: /^scorers\.register one's own$/,
    ...what,
    reason: SCORER_CODE,
  })),
  {
    strategies: ['tags'],
    step: /^experiments\.search (all|fluent)$/,
    path: /^value\.Default$/,
    straight: /"name":"Default"/,
    reason: 'the experiment "Default" is shared: every tenant may use it, and none has it in its list',
  },
  {
    strategies: ['workspaces'],
    step: /^default\.start a run$/,
    path: MESSAGE,
    straight: /No Experiment with id=0 exists"$/,
    gateway:
      /No Experiment with id=0 exists\. Clients use it where no experiment was chosen, .*MLFLOW_EXPERIMENT_NAME/,
    reason: UNCHOSEN,
  },
  {
    strategies: ['tags'],
    step: /^evaluate\.missing model$/,
    path: MESSAGE,
    straight: /Model Version \(name=no-such, version=1\) not found/,
    gateway: /Registered Model with name=no-such not found/,
    reason: NAMED,
  },
  {
    strategies: ['tags'],
    step: /^skills\.pull missing$/,
    path: MESSAGE,
    straight: /Skill version 'no-such' version '1' not found/,
    gateway: /Skill 'no-such' not found in organization ''/,
    reason: NAMED,
  },
  {
    strategies: BOTH,
    step: /^models\.metric of a missing model$/,
    path: CODE,
    straight: /^"BAD_REQUEST"$/,
    gateway: /^"RESOURCE_DOES_NOT_EXIST"$/,
    reason: LOOKED_UP,
  },
  {
    strategies: BOTH,
    step: /^models\.metric of a missing model$/,
    path: MESSAGE,
    straight: INTEGRITY,
    gateway: MISSING,
    reason: LOOKED_UP,
  },
  {
    strategies: ['tags'],
    step: /^traces\.tag a missing trace$/,
    path: CODE,
    straight: /^"BAD_REQUEST"$/,
    gateway: /^"RESOURCE_DOES_NOT_EXIST"$/,
    reason: LOOKED_UP,
  },
  {
    strategies: ['tags'],
    step: /^traces\.tag a missing trace$/,
    path: MESSAGE,
    straight: INTEGRITY,
    gateway: MISSING,
    reason: LOOKED_UP,
  },
  {
    strategies: BOTH,
    step: /^registry\.version of a missing run$/,
    path: CODE,
    straight: /^"INVALID_PARAMETER_VALUE"$/,
    gateway: /^"RESOURCE_DOES_NOT_EXIST"$/,
    reason: LOOKED_UP,
  },
  {
    strategies: BOTH,
    step: /^registry\.version of a missing run$/,
    path: MESSAGE,
    straight: /Invalid model version source/,
    gateway: MISSING,
    reason: LOOKED_UP,
  },
  {
    strategies: ['tags'],
    step: /^registry\.version of a missing model$/,
    path: CODE,
    straight: /^"INVALID_PARAMETER_VALUE"$/,
    gateway: /^"RESOURCE_DOES_NOT_EXIST"$/,
    reason: LOOKED_UP,
  },
  {
    strategies: ['tags'],
    step: /^registry\.version of a missing model$/,
    path: MESSAGE,
    straight: /Invalid model version source/,
    gateway: MISSING,
    reason: LOOKED_UP,
  },
  {
    strategies: BOTH,
    step: /^evaluation datasets\.create in a missing experiment$/,
    path: /^value$/,
    straight: /"name":"lost"/,
    reason: LOOKED_UP,
  },
  {
    strategies: BOTH,
    step: /^evaluation datasets\.create in a missing experiment$/,
    path: /^error$/,
    gateway: /"error_code":"RESOURCE_DOES_NOT_EXIST"/,
    reason: LOOKED_UP,
  },
  {
    strategies: ['tags'],
    step: /^traces\.delete what is not there$/,
    path: /^value$/,
    straight: /^0$/,
    reason: 'a trace that is deleted by its id has to be there; MLflow says that it deleted none',
  },
  {
    strategies: ['tags'],
    step: /^traces\.delete what is not there$/,
    path: /^error$/,
    gateway: /"error_code":"RESOURCE_DOES_NOT_EXIST"/,
    reason: 'a trace that is deleted by its id has to be there; MLflow says that it deleted none',
  },
  {
    strategies: BOTH,
    step: /^registry\.version of a place$/,
    path: CODE,
    straight: /^"INVALID_PARAMETER_VALUE"$/,
    gateway: /^"PERMISSION_DENIED"$/,
    reason: 'a place that is not the tenant’s is refused before MLflow is asked',
  },
  {
    strategies: BOTH,
    step: /^registry\.version of a place$/,
    path: MESSAGE,
    straight: /Invalid model version source: 'file:\/\/\/etc'/,
    gateway: /source must be runs:\/\.\.\./,
    reason: 'a place that is not the tenant’s is refused before MLflow is asked',
  },
  {
    strategies: BOTH,
    step: /^artifacts\.list outside$/,
    path: MESSAGE,
    straight: /"Invalid path\\"/,
    gateway: /for parameter 'path' supplied: Invalid path/,
    reason: 'a path with ".." is refused before MLflow is asked, with the same class and status',
  },
  {
    strategies: BOTH,
    step: /^experiments\.get what is no id$/,
    path: MESSAGE,
    straight: /Invalid experiment ID 'abc'/,
    gateway: /expected a well-formed experiment id/,
    reason: 'ids are checked for one spelling before MLflow is asked, with the same class and error_code',
  },
  {
    strategies: ['tags'],
    step: /^((experiments|runs)\.search nonsense|(runs|models|traces)\.search or|runs\.search (unquoted|open))$/,
    path: MESSAGE,
    straight: /^"INVALID_PARAMETER_VALUE: /,
    gateway: NO_FILTER,
    reason: GRAMMAR,
  },
  { strategies: BOTH, step: /^webhooks\.list$/, path: /^value$/, straight: /"page":\[\]/, reason: PLATFORM },
  {
    strategies: BOTH,
    step: /^webhooks\.list$/,
    path: /^error$/,
    gateway: /"PERMISSION_DENIED"/,
    reason: PLATFORM,
  },
  {
    strategies: ['workspaces'],
    step: /^workspaces\.list$/,
    path: /^value$/,
    straight: /"name":"default".*"name":"team-day"/,
    gateway: /^\[\{"class":"Workspace","name":"team-day"[^[{]*\}\]$/,
    reason: 'a tenant sees its own workspace only',
  },
  {
    strategies: ['workspaces'],
    step: /^workspaces\.create$/,
    path: /^value$/,
    straight: /"name":"mine-too"/,
    reason: PLATFORM,
  },
  {
    strategies: ['workspaces'],
    step: /^workspaces\.create$/,
    path: /^error$/,
    gateway: /"PERMISSION_DENIED"/,
    reason: PLATFORM,
  },
  {
    strategies: ['tags'],
    step: /^workspaces\./,
    path: /^error\.(class|is_a|error_code|message)$/,
    straight:
      /MlflowException|TEMPORARILY_UNAVAILABLE|disabled because the server is running without workspaces support/,
    gateway: /RestException|PERMISSION_DENIED/,
    reason: 'an MLflow without workspaces answers 503; the gateway refuses',
  },
];
