import { planHosts } from '../host-plan.ts';
import type { Subject } from '../subject.ts';

/** A list of allowed hosts that the gateway cannot be given a host of. */
export const hostProblems = (subject: Subject): readonly string[] => planHosts(subject).problems;
