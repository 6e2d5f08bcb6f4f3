// What sending a file cannot do without: its bytes go into one request as they are read. Tells how long that took.
//
//   node pipe.js <url> <file>
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import http from 'node:http';
import { pipeline } from 'node:stream/promises';

const [url, file] = process.argv.slice(2);
const { size } = await stat(file);
const began = performance.now();
const before = process.cpuUsage();
const request = http.request(url, { method: 'POST', headers: { 'Content-Length': size } });
const answered = new Promise((resolve, reject) => {
  request.on('error', reject).on('response', (answer) => {
    answer.on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(`status ${answer.statusCode}`))));
    answer.resume();
  });
});
await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), request);
await answered;
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ moving: { seconds, cores: (user + system) / 1e6 } }));
