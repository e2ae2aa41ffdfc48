/**
 * The environment that a Node process of a test inherits: the path, and the cache of compiled code, which halves the time of a start.
 * It contains no variable that configures the process.
 */
export const CHILD_ENV: Readonly<Record<string, string>> = Object.fromEntries(
  ['PATH', 'NODE_COMPILE_CACHE'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  }),
);
