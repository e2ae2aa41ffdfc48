import { integer, text } from './basic-types.ts';
import { VARIABLES } from './schema.ts';
import type { Variable } from './variable.ts';

/** The environment variables of `mlflow-gateway inject`, a command of its own with a table of its own. */
export const INJECT_VARIABLES = {
  port: {
    name: 'GW_INJECT_LISTEN_PORT',
    type: integer(0, 65535),
    default: '8443',
    description: 'The TCP port of the webhook, HTTPS on every address.',
    example: '9443',
  },
  certFile: {
    name: 'GW_INJECT_TLS_CERT_FILE',
    type: text('path'),
    required: true,
    description:
      'The webhook’s certificate in PEM, with the chain if there is one. The file and the key are read again every 5 seconds, so that a rotation needs no restart.',
    example: '/etc/mlflow-gateway/inject-tls/tls.crt',
  },
  keyFile: {
    name: 'GW_INJECT_TLS_KEY_FILE',
    type: text('path'),
    required: true,
    description: 'The private key of that certificate, in PEM.',
    example: '/etc/mlflow-gateway/inject-tls/tls.key',
  },
  image: {
    name: 'GW_INJECT_IMAGE',
    type: text('image reference', 512),
    required: true,
    description:
      'The image of the gateway that is added to pods, usually the one the webhook itself runs from.',
    example: 'registry.example.com/mlflow-gateway:0.1.0',
  },
  configFile: {
    name: 'GW_INJECT_CONFIG_FILE',
    type: text('path'),
    required: true,
    description:
      'A JSON file with the settings of the containers that are added to pods, mainly the gateway’s own variables.',
    example: '/etc/mlflow-gateway/inject/settings.json',
  },
} as const satisfies Record<string, Variable>;

/** Variables of the gateway that the webhook reads as well. */
export const SHARED_WITH_INJECT = {
  drainMs: VARIABLES.listen.drainMs,
  drainDelayMs: VARIABLES.listen.drainDelayMs,
  logLevel: VARIABLES.log.level,
} as const satisfies Record<string, Variable>;
