import { delimiter, dirname, join } from 'node:path';
import { layeredEnv } from '../../../dev/layered-env.ts';
import { mlflowEnv } from '../../../dev/mlflow-env.ts';
import { mavenClasspath, npmFolder } from './fetched.ts';
import { goWorkspace } from './go-workspace.ts';
import type { Program } from './program.ts';
import { PYTHON_PROGRAMS } from './python-programs.ts';
import { SOURCES, start } from './start.ts';

const OTEL_JAVA = '1.68.0';
const OTEL_PYTHON = '1.45.2';
const OTEL_JS = '0.223.1';
const GO_MODULE = 'github.com/opendatahub-io/mlflow-go';
const GO_SDK = 'v0.0.0-20260630134141-11dabde643c7';

/** The clients that are compared call by call; MLflow's newest Python client is compared value by value (docs/clients.md). */
export const OTHER_PROGRAMS: readonly Program[] = [
  {
    name: 'java-mlflow',
    version: 'org.mlflow:mlflow-client 2.17.2',
    run: async (env) => {
      const classpath = await mavenClasspath('mlflow', ['org.mlflow:mlflow-client:2.17.2']);
      // It moves files by MLflow's own command line.
      const { python } = await mlflowEnv();
      const PATH = `${dirname(python)}${delimiter}${process.env.PATH}`;
      await start('java', ['-cp', classpath, join(SOURCES, 'java-mlflow/Day.java')], { ...env, PATH });
    },
  },
  {
    name: 'java-http',
    version: 'java.net.http of Java 17',
    run: (env) => start('java', [join(SOURCES, 'java-http/Day.java')], env),
  },
  ...(['okhttp', 'jdk'] as const).map(
    (sender): Program => ({
      name: `java-otlp-${sender}`,
      version: `io.opentelemetry:opentelemetry-exporter-otlp ${OTEL_JAVA}, sender ${sender}`,
      run: async (env) => {
        const names = ['exporter-otlp', 'sdk', ...(sender === 'jdk' ? ['exporter-sender-jdk'] : [])];
        const classpath = await mavenClasspath(
          `otlp-${sender}`,
          names.map((name) => `io.opentelemetry:opentelemetry-${name}:${OTEL_JAVA}`),
        );
        const jars = classpath
          .split(delimiter)
          .filter((jar) => sender === 'okhttp' || !jar.includes('sender-okhttp'));
        const args = ['-cp', jars.join(delimiter), join(SOURCES, 'java-otlp/Day.java')];
        await start('java', args, { ...env, NAME: sender });
      },
    }),
  ),
  {
    name: 'python-otlp',
    version: `opentelemetry-exporter-otlp-proto-http ${OTEL_PYTHON}`,
    run: async (env) => {
      const { python } = await layeredEnv({
        name: 'otlp',
        packages: [
          `opentelemetry-exporter-otlp-proto-http==${OTEL_PYTHON}`,
          `opentelemetry-exporter-otlp-proto-common==${OTEL_PYTHON}`,
          'opentelemetry-exporter-otlp-common==0.66b2',
          'opentelemetry-exporter-http-transport==0.66b2',
          'googleapis-common-protos==1.76.0',
        ],
      });
      await start(python, [join(SOURCES, 'python-otlp/day.py')], env);
    },
  },
  {
    name: 'js-otlp',
    version: `@opentelemetry/exporter-trace-otlp-proto ${OTEL_JS}`,
    run: async (env) => {
      const NPM_FOLDER = await npmFolder('otlp', [
        `@opentelemetry/exporter-trace-otlp-proto@${OTEL_JS}`,
        '@opentelemetry/sdk-trace-base@2.12.1',
      ]);
      await start(process.execPath, [join(SOURCES, 'js-otlp/day.mjs')], { ...env, NPM_FOLDER });
    },
  },
  {
    name: 'js-mlflow',
    version: 'mlflow (npm) 2.0.7',
    run: async (env) => {
      const NPM_FOLDER = await npmFolder('mlflow', ['mlflow@2.0.7']);
      await start(process.execPath, [join(SOURCES, 'js-mlflow/day.mjs')], { ...env, NPM_FOLDER });
    },
  },
  {
    name: 'go-mlflow',
    version: `${GO_MODULE} ${GO_SDK}`,
    run: async (env) => {
      const { MLFLOW_GO } = process.env;
      const program = join(SOURCES, 'go-mlflow');
      const GOWORK =
        MLFLOW_GO === undefined ? 'off' : goWorkspace(program, `${GO_MODULE}@${GO_SDK}`, MLFLOW_GO);
      const own = { ...env, MLFLOW_INSECURE_SKIP_TLS_VERIFY: 'true', GOWORK };
      await start('go', ['run', '.'], own, 'go-mlflow');
    },
  },
  ...PYTHON_PROGRAMS,
];
