import type { Wishes } from './annotations.ts';
import type { Pod } from './pod.ts';
import type { Settings } from './settings.ts';
import type { Target } from './target.ts';

/** What is judged: a pod, where its MLflow is, what its annotations ask for, and what the webhook would add. */
export interface Subject {
  readonly pod: Pod;
  readonly target: Target;
  readonly wishes: Wishes;
  readonly settings: Settings;
}
