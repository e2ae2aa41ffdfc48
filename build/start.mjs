/**
 * The first file that the image runs: starts the bundle beside it with V8's code cache, so that its three megabytes need not be
 * compiled (docs/adr/0069-fast-start.md). Without a cache that fits this Node, V8 compiles the bundle as usual.
 *
 * Not Node's own compile cache: under the permission model that needs a folder that the gateway may write.
 * `process.getBuiltinModule`, as in the bundle: an `import` of a built-in module reads all of its exports.
 */
const { hash } = process.getBuiltinModule('node:crypto');
const { readFileSync } = process.getBuiltinModule('node:fs');
const { Script } = process.getBuiltinModule('node:vm');

await compile(`${import.meta.dirname}/bundle.js`)();

/**
 * Both files are read here, so that their bytes are released.
 *
 * @param {string} filename
 */
function compile(filename) {
  const bundle = readFileSync(filename);
  // V8 itself compares its version, its flags and the length of the source, but not the processor, nor the source itself.
  const made = `${process.version}-${process.arch}-${hash('sha256', bundle).slice(0, 16)}`;
  const cachedData = read(`${import.meta.dirname}/bundle.${made}.cache`);
  return new Script(bundle.latin1Slice(), { filename, cachedData }).runInThisContext();
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path);
  } catch {
    // Of an image for another processor than the one that it was built on, or with a bundle that was changed.
    return undefined;
  }
}
