import { sharedAuthority } from './support/shared-setup.ts';

/** Keeps vitest from running without main.ts, on any cluster that KUBECONFIG happens to name. */
export default function setup(): void {
  sharedAuthority();
}
