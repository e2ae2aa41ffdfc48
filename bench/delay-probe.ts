/**
 * Loaded into a gateway (`--import=...`) to measure it. Every quarter of a second it writes the longest block of the event loop, by the
 * clock and in processor time, and the memory of the process to the file `BENCH_DELAY_FILE`.
 */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 2;

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
const usage = process.threadCpuUsage;
let last = usage();
let longest = 0;
let settled = false;

// Unlike the clock, the processor time between two samples does not depend on other load of the machine.
setInterval(() => {
  const now = usage();
  const ms = (now.user + now.system - last.user - last.system) / 1000;
  last = now;
  if (settled && ms > longest) longest = ms;
}, RESOLUTION_MS).unref();

// Compiling and loading at start belongs to no request.
setTimeout(() => {
  settled = true;
  delay.reset();
}, 3_000).unref();

setInterval(() => {
  const { rss, heapUsed, external } = process.memoryUsage();
  const seen = {
    delayMs: delay.max / 1e6,
    p99Ms: delay.percentile(99) / 1e6,
    cpuMs: longest,
    rss,
    heapUsed,
    external,
  };
  writeFileSync(process.env.BENCH_DELAY_FILE!, JSON.stringify(seen));
}, 250).unref();
