import { conformanceSuite } from './conformance/suite.ts';
import { TAGS } from './conformance/tags.ts';

conformanceSuite(TAGS);
