// Runs in a pod that sees the processes of its node, and ends those of one container of one pod by SIGKILL, as the kernel
// does when memory runs out. argv: the pod's uid, a regular expression for the command line, and optionally the number of processes;
// with 0 it ends none and prints all.
import { readdirSync, readFileSync } from 'node:fs';

const [uid, pattern, limit = '999'] = process.argv.slice(2);
const command = new RegExp(pattern);
const ends = limit !== '0';
const found = [];
// A container's first process first: the kernel then ends the others.
for (const pid of readdirSync('/proc')
  .filter((name) => /^\d+$/.test(name))
  .map(Number)
  .sort((a, b) => a - b)) {
  try {
    const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8').replaceAll('_', '-');
    const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    if (!groups.includes(uid) || !command.test(line) || (ends && found.length >= Number(limit))) continue;
    if (ends) process.kill(pid, 'SIGKILL');
    found.push({ pid, line: line.slice(0, 120) });
  } catch (error) {
    if (!['ENOENT', 'ESRCH'].includes(error.code)) throw error;
  }
}
console.log(JSON.stringify(found));
