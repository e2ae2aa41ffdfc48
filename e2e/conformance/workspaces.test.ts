import { WORKSPACES } from '../harness/strategies/workspaces.ts';
import { conformanceSuite } from './suite.ts';

conformanceSuite(WORKSPACES);
