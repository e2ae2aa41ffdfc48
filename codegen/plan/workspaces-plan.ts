import { WORKSPACES_RULES, type WorkspacesRuleName } from '../../src/catalog/rules.ts';
import type { WorkspacesPlan } from '../../src/catalog/types.ts';
import type { OperationPolicy } from '../description.ts';

/** Plans an operation for the strategy `workspaces`. */
export function planWorkspaces(policy: OperationPolicy, problem: (text: string) => void): WorkspacesPlan {
  const { workspaces, feature, responseFilter } = policy;
  if (workspaces === undefined || !Object.hasOwn(WORKSPACES_RULES, workspaces)) {
    problem(`unknown workspaces rule ${workspaces}`);
    return { rule: 'platform-admin' };
  }
  const rule = workspaces as WorkspacesRuleName;
  if (responseFilter !== undefined && rule !== 'own-workspace')
    problem(`responseFilter goes with the rule own-workspace, not ${rule}`);
  if (rule === 'server-feature') return { rule, feature: feature ?? '' };
  if (rule === 'own-workspace') return { rule, ...(responseFilter ? { responseFilter } : {}) };
  return { rule };
}
