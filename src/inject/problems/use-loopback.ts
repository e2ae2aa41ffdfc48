import { isLoopback } from '../../http/loopback.ts';
import { UPSTREAM } from '../annotations.ts';
import { annotationIn, optionIn } from '../chart-values.ts';
import type { ServerCommand } from '../server-command.ts';

/** All settings that `upstream: loopback` needs, in one message. */
export function useLoopback({ hosts, direct }: Pick<ServerCommand, 'hosts' | 'direct'>): string {
  const annotation = `set the annotation ${UPSTREAM}: loopback${annotationIn()}`;
  if (direct !== undefined) return `${annotation} and let ${direct} listen on 127.0.0.1`;
  return hosts.length > 0 && !hosts.every(isLoopback)
    ? `${annotation} and --host=127.0.0.1${optionIn('--host')}`
    : annotation;
}
