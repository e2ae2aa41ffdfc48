#!/usr/bin/env node
// Kept to syntax of old versions, which would otherwise stop at the bundle's first unknown word with no hint of the reason.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(`mlflow-gateway needs Node 24 or newer; this is Node ${process.versions.node}.`);
  process.exit(1);
}
await import('./mlflow-gateway.mjs');
