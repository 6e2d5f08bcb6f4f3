// What assembling cannot do without: each image's manifest and configuration are read, and the index is written under its
// tag. As many images at once as Headgate takes. Nothing is checked.
//
//   node floor.js <host:port> <repository> <tag> <digest> ...
import http from 'node:http';

const PARALLEL = 8;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const [host, repository, tag, ...digests] = process.argv.slice(2);
const [hostname, port] = host.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: PARALLEL });

function call(method, path, headers, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ method, hostname, port, path: `/v2/${repository}/${path}`, headers, agent });
    request.on('error', reject);
    request.on('response', (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        if (answer.statusCode < 300) resolve(Buffer.concat(chunks));
        else reject(new Error(`${method} ${path}: ${answer.statusCode}`));
      });
    });
    request.end(body);
  });
}

async function entry(digest) {
  const bytes = await call('GET', `manifests/${digest}`, { Accept: MANIFEST });
  const { config } = JSON.parse(bytes);
  const { os, architecture, variant } = JSON.parse(await call('GET', `blobs/${config.digest}`, {}));
  return { mediaType: MANIFEST, digest, size: bytes.length, platform: { os, architecture, variant } };
}

const manifests = new Array(digests.length);
let next = 0;
async function work() {
  while (next < digests.length) {
    const at = next++;
    manifests[at] = await entry(digests[at]);
  }
}
await Promise.all(Array.from({ length: PARALLEL }, work));

const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
const headers = { 'Content-Type': INDEX, 'Content-Length': index.length };
await call('PUT', `manifests/${tag}`, headers, index);
agent.destroy();
