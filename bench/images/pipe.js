// What copying cannot do without: each blob of an image goes from one registry to the other as it comes, all of them at
// once, and then the manifest. Nothing is checked here; the registry that gets a blob checks its digest.
//
//   node pipe.js <host:port> <repository> <digest> <host:port> <repository>
import http from 'node:http';
import { pipeline } from 'node:stream/promises';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const [fromHost, from, digest, toHost, to] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true });

function ask(method, url, headers = {}) {
  const request = http.request(url, { method, headers, agent });
  const answered = new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (answer) => {
      if (answer.statusCode < 300) resolve(answer);
      else reject(new Error(`${method} ${url}: ${answer.statusCode}`));
    });
  });
  return { request, answered };
}

async function read(answer) {
  const chunks = [];
  for await (const chunk of answer) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function copy({ digest, size }) {
  const begin = ask('POST', `http://${toHost}/v2/${to}/blobs/uploads/`, { 'Content-Length': 0 });
  begin.request.end();
  const begun = await begin.answered;
  await read(begun);
  const location = new URL(begun.headers.location, `http://${toHost}`);
  location.searchParams.set('digest', digest);
  const source = ask('GET', `http://${fromHost}/v2/${from}/blobs/${digest}`);
  source.request.end();
  const put = ask('PUT', location, { 'Content-Type': 'application/octet-stream', 'Content-Length': size });
  await pipeline(await source.answered, put.request);
  await read(await put.answered);
}

const image = ask('GET', `http://${fromHost}/v2/${from}/manifests/${digest}`, { Accept: MANIFEST });
image.request.end();
const manifest = await read(await image.answered);
const { config, layers } = JSON.parse(manifest);
await Promise.all([config, ...layers].map(copy));
const written = ask('PUT', `http://${toHost}/v2/${to}/manifests/${digest}`, {
  'Content-Type': MANIFEST,
  'Content-Length': manifest.length,
});
written.request.end(manifest);
await read(await written.answered);
agent.destroy();
