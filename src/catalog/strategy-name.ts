/** The tenancy strategies for which the catalog has rules. */
export type StrategyName = 'workspaces' | 'tags';
