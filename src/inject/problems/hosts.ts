import type { Subject } from '../candidate.ts';
import { planHosts } from '../host-plan.ts';

/** A list of allowed hosts that the gateway cannot be given a host of. */
export const hostProblems = (subject: Subject): readonly string[] => planHosts(subject).problems;
