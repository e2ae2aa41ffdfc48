import { TAGS } from '../harness/strategies/tags.ts';
import { conformanceSuite } from './suite.ts';

conformanceSuite(TAGS);
