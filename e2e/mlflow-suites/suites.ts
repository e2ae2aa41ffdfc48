import type { Layer } from '../../dev/layered-env.ts';

/** Files of MLflow's tests that start a server and speak HTTP to it. (Its tests of REST stores answer requests themselves.) */
export const SUITES = [
  { name: 'tracking', file: 'tests/tracking/test_rest_tracking.py' },
  { name: 'registry', file: 'tests/tracking/test_model_registry.py' },
  { name: 'OpenTelemetry', file: 'tests/tracing/test_otel_logging.py' },
] as const;

/** Packages that MLflow's tests need besides MLflow. */
export const PYTEST: Layer = {
  name: 'pytest',
  packages: [
    'googleapis-common-protos==1.76.0',
    'iniconfig==2.3.0',
    'opentelemetry-exporter-http-transport==0.66b2',
    'opentelemetry-exporter-otlp-common==0.66b2',
    'opentelemetry-exporter-otlp-proto-common==1.45.2',
    'opentelemetry-exporter-otlp-proto-http==1.45.2',
    'pluggy==1.6.0',
    'pygments==2.21.0',
    'pytest-asyncio==1.3.0',
    'pytest-timeout==2.4.0',
    'pytest==9.0.2',
  ],
};
