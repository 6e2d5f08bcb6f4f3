// Takes an image and its blobs out of a repository, so that the next copy finds nothing there.
//
//   node forget.js <host:port> <repository> <digest>
const [host, repository, digest] = process.argv.slice(2);
const base = `http://${host}/v2/${repository}`;

const found = await fetch(`${base}/manifests/${digest}`, {
  headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
});
if (found.ok) {
  const { config, layers } = await found.json();
  await remove(`manifests/${digest}`);
  for (const blob of [config, ...layers]) await remove(`blobs/${blob.digest}`);
} else if (found.status !== 404) {
  throw new Error(`${base}: ${found.status}`);
}

async function remove(path) {
  const answer = await fetch(`${base}/${path}`, { method: 'DELETE' });
  if (answer.status !== 202) throw new Error(`DELETE ${base}/${path}: ${answer.status}`);
}
