// What knowing a file cannot do without: its SHA-256. Tells how long that took.
//
//   node hash.js <file>
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

const began = performance.now();
const before = process.cpuUsage();
const hash = createHash('sha256');
for await (const chunk of createReadStream(process.argv[2], { highWaterMark: 1024 ** 2 })) hash.update(chunk);
hash.digest('hex');
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ reading: { seconds, cores: (user + system) / 1e6 } }));
