import { WORKSPACES } from './conformance/strategy.ts';
import { conformanceSuite } from './conformance/suite.ts';

conformanceSuite(WORKSPACES);
