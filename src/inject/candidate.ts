import type { RequestedInjection } from './annotations.ts';
import type { Pod } from './pod.ts';
import type { Settings } from './settings.ts';
import type { Target } from './target.ts';

/** A pod that asks for a gateway, with its MLflow container, its annotations, and the webhook's settings. */
export interface Candidate {
  readonly pod: Pod;
  readonly target: Target;
  readonly requested: RequestedInjection;
  readonly settings: Settings;
}
