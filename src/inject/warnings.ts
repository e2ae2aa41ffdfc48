import type { Candidate } from './candidate.ts';
import { allowedPorts } from './gateway-ports.ts';
import { containersBeside, unreachablePorts } from './other-containers.ts';
import { exposesMetrics } from './problems/metrics.ts';
import { isOauth2Proxy, passesToken } from './proxies.ts';
import { quoted } from './refusal.ts';

/** Warnings about a pod that works, but perhaps not as intended. Some clients cut warnings at 256 characters. */
export function warningsOf(candidate: Candidate): string[] {
  const { container, command } = candidate.target;
  const warnings: string[] = [];
  if (command.has('--app-name'))
    warnings.push(
      `MLflow is given --app-name ${quoted(command.apps.join(', '))}: if that app asks for credentials, it rejects the gateway's requests, which have none, and the pod does not become ready.`,
    );
  if (exposesMetrics(container, command))
    warnings.push(
      "Prometheus reads MLflow's metrics from the gateway (/mlflow/metrics at GW_METRICS_PORT): turn off the ServiceMonitor of MLflow's chart: its target is down.",
    );
  if (container.livenessProbe !== undefined && container.livenessProbe.httpGet === undefined)
    warnings.push(
      `The livenessProbe of ${container.name} is not httpGet: it may check the gateway instead of MLflow.`,
    );
  if (command.has('--waitress-opts'))
    warnings.push(
      'MLflow is given --waitress-opts: its image must have waitress, which MLflow does not bring on Linux.',
    );
  return [...warnings, ...unseenProxies(candidate), ...unreachable(candidate)];
}

function unseenProxies({ pod, target, requested }: Candidate): string[] {
  if (requested.upstream === 'loopback') return [];
  return containersBeside(pod, target.container)
    .filter((other) => isOauth2Proxy(other) && passesToken(other) === 'unknown')
    .map(
      ({ name }) =>
        `Whether ${name} passes the token on stands in its file: it must send Authorization with the token to the gateway.`,
    );
}

function unreachable({ pod, target, requested, settings }: Candidate): string[] {
  const allowed = allowedPorts(requested, settings);
  return unreachablePorts(pod, target.container, allowed, settings.openPorts).map(
    ([{ name }, port]) =>
      `Port ${port} of ${name} is allowed, but the NetworkPolicy does not open it: add it to networkPolicy.sidecarPorts of the gateway's chart if it is for callers.`,
  );
}
