/**
 * Loaded into a gateway (`NODE_OPTIONS=--import=...`) to measure its memory from outside: a client that connects to the Unix
 * socket `BENCH_MEMORY_SOCKET` gets `process.memoryUsage()` as JSON, after garbage collection.
 */
import { createServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** V8 releases code that was unused for several collections, and finalisers release more memory after each. */
const COLLECTIONS = 12;
const PAUSE_MS = 50;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

createServer((socket) => {
  const look = (left: number): void => {
    collect();
    if (left > 0) setTimeout(look, PAUSE_MS, left - 1);
    else socket.end(JSON.stringify(process.memoryUsage()));
  };
  look(COLLECTIONS);
})
  .listen(process.env.BENCH_MEMORY_SOCKET)
  .unref();
