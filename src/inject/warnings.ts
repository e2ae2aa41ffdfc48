import { ALLOWED_PORTS } from './annotations.ts';
import { ALLOWED, allowedPorts } from './gateway-ports.ts';
import { besides } from './others.ts';
import { isOn } from './pod.ts';
import type { Subject } from './subject.ts';

/** What works, but perhaps not as meant. */
export function warningsOf(subject: Subject): string[] {
  const { container, command } = subject.target;
  const warnings: string[] = [];
  if (command.has('--app-name'))
    warnings.push(
      'MLflow is given --app-name: if that app asks for credentials, it refuses what the gateway sends, which has none.',
    );
  if (command.has('--expose-prometheus') || isOn(container, 'MLFLOW_EXPOSE_PROMETHEUS'))
    warnings.push('MLflow exposes /metrics, which cannot be scraped through the gateway.');
  if (container.livenessProbe !== undefined && container.livenessProbe.httpGet === undefined)
    warnings.push(
      `The livenessProbe of ${container.name} is not httpGet: what it finds may be the gateway rather than MLflow.`,
    );
  return [...warnings, ...warnOfPorts(subject)];
}

/** Says which declared ports would keep the gateway from being ready. */
function warnOfPorts({ pod, target, wishes, settings }: Subject): string[] {
  const value = (name: string) => settings.gateway.env.find((variable) => variable.name === name);
  const given = value(ALLOWED);
  // Unseen, it may allow them.
  if (value('GW_SIDECAR_CHECK')?.value === 'ports' || (given !== undefined && given.value === undefined))
    return [];
  const known = [...allowedPorts(wishes, settings), ...target.ports];
  return [target.container, ...besides(pod, target.container)].flatMap(({ name, ports = [] }) =>
    ports
      .filter(({ protocol = 'TCP', containerPort }) => protocol === 'TCP' && !known.includes(containerPort))
      .map(
        ({ containerPort }) =>
          `The container ${name} declares port ${containerPort}. If it listens there, the pod does not become ready, unless the annotation ${ALLOWED_PORTS} names the port.`,
      ),
  );
}
