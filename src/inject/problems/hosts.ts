import type { Candidate } from '../candidate.ts';
import { planHosts } from '../host-plan.ts';

/** Allowed hosts of MLflow that the gateway cannot send. */
export const hostProblems = (candidate: Candidate): readonly string[] => planHosts(candidate).problems;
