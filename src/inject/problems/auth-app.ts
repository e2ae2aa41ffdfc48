import { optionIn } from '../chart-values.ts';
import type { Container } from '../pod.ts';
import { quoted } from '../refusal.ts';
import type { ServerCommand } from '../server-command.ts';

/**
 * Apps of MLflow that ask for credentials of their own: MLflow's, and those of the package mlflow-oidc-auth (its entry points `mlflow.app`,
 * old and new).
 */
const APPS: readonly string[] = ['basic-auth', 'oidc-auth', 'oidc-auth-fastapi'];
const MODULE = /^(?:mlflow\.server\.auth|mlflow_oidc_auth)(?:[.:]|$)|^(?:.*\/)?mlflow-oidc-server$/;
/** Variables that only such apps read. */
const VARIABLE = /^(?:MLFLOW_AUTH_|OIDC_)/;

/** Whether an app is known to ask for credentials. */
export const isAuthApp = (name: string): boolean => APPS.includes(name);

/** An MLflow that would refuse every request of the gateway, which sends no credentials of MLflow's. */
export function authAppProblems(container: Container, command: ServerCommand): string[] {
  const found = foundIn(container, command);
  return found === undefined
    ? []
    : [
        `MLflow asks for its own credentials (${quoted(found)}): turn that off${optionIn('--app-name')}; the gateway signs people in.`,
      ];
}

function foundIn(
  { env = [] }: Container,
  { apps, words, explicit, direct }: ServerCommand,
): string | undefined {
  const app = apps.find(isAuthApp);
  if (app !== undefined) return `--app-name ${app}`;
  const module = words.find((word) => MODULE.test(word));
  if (module !== undefined) return module;
  // Told what to run, MLflow reads them for nothing.
  if (explicit || direct !== undefined) return undefined;
  return env.find(({ name, value }) => VARIABLE.test(name) && value !== '')?.name;
}
