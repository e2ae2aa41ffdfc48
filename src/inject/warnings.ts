import { allowedPorts } from './gateway-ports.ts';
import { besides } from './others.ts';
import { tcpPorts } from './problems/declared-ports.ts';
import { exposesMetrics } from './problems/metrics.ts';
import { isOauth2Proxy, passesToken } from './proxies.ts';
import { quoted } from './refusal.ts';
import type { Subject } from './subject.ts';

/** What works, but perhaps not as meant. Those that reach callers are cut at 256 characters by some clients. */
export function warningsOf(subject: Subject): string[] {
  const { container, command } = subject.target;
  const warnings: string[] = [];
  if (command.has('--app-name'))
    warnings.push(
      `MLflow is given --app-name ${quoted(command.apps.join(', '))}: if that app asks for credentials, it refuses what the gateway sends, which has none, and the pod does not become ready.`,
    );
  if (exposesMetrics(container, command))
    warnings.push(
      "Prometheus reads MLflow's metrics from the gateway (/mlflow/metrics at GW_METRICS_PORT): turn off the ServiceMonitor of MLflow's chart, whose target is down.",
    );
  if (container.livenessProbe !== undefined && container.livenessProbe.httpGet === undefined)
    warnings.push(
      `The livenessProbe of ${container.name} is not httpGet: what it finds may be the gateway rather than MLflow.`,
    );
  if (command.has('--waitress-opts'))
    warnings.push(
      'MLflow is given --waitress-opts: its image must have waitress, which MLflow does not bring on Linux.',
    );
  return [...warnings, ...unseenProxies(subject), ...closedPorts(subject)];
}

function unseenProxies({ pod, target, wishes }: Subject): string[] {
  if (wishes.upstream === 'loopback') return [];
  return besides(pod, target.container)
    .filter((other) => isOauth2Proxy(other) && passesToken(other) === 'unknown')
    .map(
      ({ name }) =>
        `Whether ${name} passes the token on stands in its file: it must send Authorization with the token to the gateway.`,
    );
}

/** Ports that others may have, and nobody outside the pod reaches. */
function closedPorts({ pod, target, wishes, settings }: Subject): string[] {
  const { openPorts } = settings;
  if (openPorts.length === 0) return [];
  const allowed = allowedPorts(wishes, settings);
  return besides(pod, target.container).flatMap((other) =>
    tcpPorts(other)
      .filter((port) => allowed.includes(port) && !openPorts.includes(port))
      .map(
        (port) =>
          `Port ${port} of ${other.name} is allowed, but the NetworkPolicy lets nobody reach it: add it to networkPolicy.sidecarPorts of the gateway's chart if it is for callers.`,
      ),
  );
}
