import type { WorkspacesRuleName } from './rules.ts';

/** The plan of the strategy `workspaces` for an operation. */
export type WorkspacesPlan =
  /** The plan is the rule alone (`WORKSPACES_RULES` explains each). */
  | { readonly rule: Exclude<WorkspacesRuleName, 'own-workspace' | 'server-feature'> }
  | {
      readonly rule: 'own-workspace';
      /** The list of workspaces in the response, of which the caller sees its own. */
      readonly responseFilter?: WorkspaceList;
    }
  /** Off unless `GW_ALLOW_SERVER_FEATURES` names the feature. */
  | { readonly rule: 'server-feature'; readonly feature: string };

/** The property of a response that has a list, and the property of an item that names its workspace. */
export interface WorkspaceList {
  readonly items: string;
  readonly key: string;
}
