import { optionIn } from '../chart-values.ts';
import type { Container } from '../pod.ts';
import { quoted } from '../refusal.ts';
import type { ServerCommand } from '../server-command.ts';

/**
 * MLflow apps that require their own credentials: MLflow's, and those of the package mlflow-oidc-auth (its old and new entry points
 * `mlflow.app`).
 */
const APPS: readonly string[] = ['basic-auth', 'oidc-auth', 'oidc-auth-fastapi'];
const MODULE = /^(?:mlflow\.server\.auth|mlflow_oidc_auth)(?:[.:]|$)|^(?:.*\/)?mlflow-oidc-server$/;
/** Variables that only these apps read. */
const VARIABLE = /^(?:MLFLOW_AUTH_|OIDC_)/;

/** Whether an app requires its own credentials. */
const isAuthApp = (name: string): boolean => APPS.includes(name);

/** An MLflow that would reject every request of the gateway, which sends no MLflow credentials. */
export function authAppProblems(container: Container, command: ServerCommand): string[] {
  const found = foundIn(container, command);
  return found === undefined
    ? []
    : [
        `MLflow requires its own credentials (${quoted(found)}): turn that off${optionIn('--app-name')}; the gateway signs people in.`,
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
  // With an explicit command and no such app, nothing reads the variables.
  if (explicit || direct !== undefined) return undefined;
  return env.find(({ name, value }) => VARIABLE.test(name) && value !== '')?.name;
}
