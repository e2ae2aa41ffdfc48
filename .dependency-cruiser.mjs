/**
 * Circles and layers, checked by `npm run lint`. Docs: https://github.com/sverweij/dependency-cruiser/blob/main/doc/rules-reference.md
 *
 * The layers of src/, top to bottom. An import may go down, or stay within a layer. docs/architecture.md explains them.
 */
const LAYERS = [
  ['main.ts', 'cli/', 'assemble.ts', 'assemble/', 'inject/', 'migration/'],
  ['config/'],
  ['gateway/'],
  ['tenancy/'],
  ['mlflow/'],
  ['identity/', 'rbac/'],
  ['metrics/'],
  ['upstream/'],
  ['request/'],
  ['http/', 'audit/', 'telemetry/'],
  ['catalog/', 'concurrency/', 'files/', 'tls/', 'bounded-cache.ts'],
  ['denial.ts'],
  ['limits.ts', 'limits/'],
];

/** Tests, and what only tests use. They may import from any layer. */
const TESTS = '\\.test\\.ts$|/testing/|/testing\\.ts$';

const pattern = (layer) => layer.map((name) => `^src/${name.replaceAll('.', '\\.')}`).join('|');

const upward = LAYERS.slice(1).map((layer, above) => ({
  name: `no-import-above-${layer[0].replace(/\W.*$/, '')}`,
  comment: `src/${layer.join(', src/')} may import from its own layer and from lower ones only.`,
  severity: 'error',
  from: { path: pattern(layer), pathNot: TESTS },
  to: {
    path: LAYERS.slice(0, above + 1)
      .map(pattern)
      .join('|'),
  },
}));

export default {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Modules that import each other cannot be understood, or tested, one at a time.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'every-file-in-a-layer',
      comment: 'A new folder of src/ gets its place in LAYERS, in .dependency-cruiser.mjs.',
      severity: 'error',
      from: { path: '^src/', pathNot: `${TESTS}|${LAYERS.map(pattern).join('|')}` },
      to: {},
    },
    {
      name: 'product-imports-product-only',
      comment: 'What is shipped imports neither the tools of development nor the helpers of tests.',
      severity: 'error',
      from: { path: '^src/', pathNot: TESTS },
      to: { path: `^(dev|e2e|codegen|bench|build|chart|\\.ci)/|${TESTS}` },
    },
    {
      name: 'strategies-apart',
      comment: 'The strategies do not import each other; what they share is in src/tenancy itself.',
      severity: 'error',
      from: { path: '^src/tenancy/(tags|workspaces)/', pathNot: TESTS },
      to: { path: '^src/tenancy/(tags|workspaces)/', pathNot: '^src/tenancy/$1/' },
    },
    {
      name: 'shared-imports-no-strategy',
      comment: 'What the strategies share knows neither of them.',
      severity: 'error',
      from: { path: '^src/tenancy/', pathNot: `^src/tenancy/(tags|workspaces)/|${TESTS}` },
      to: { path: '^src/tenancy/(tags|workspaces)/' },
    },
    ...upward,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
