# Gets the program: from npm, from an address of yours, or as it is in the image.
headgate_stop() {
  printf 'headgate: %s\nLikely cause: %s\nNext: %s\n' "$2" "$3" "$4" >&2
  exit "$1"
}
if ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 18) ? 0 : 1)'; then
  headgate_stop 1 "This image has no Node 22.18 or newer" "The input 'image' names an image without Node, or with an old one" \
    "Choose another image, for example 'node:24'"
fi
# Self-managed instances often have a certificate authority of their own; the runner hands it over in this file.
if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -n "${CI_SERVER_TLS_CA_FILE:-}" ]; then
  export NODE_EXTRA_CA_CERTS="$CI_SERVER_TLS_CA_FILE"
fi
if [ "$HEADGATE_SOURCE" != preinstalled ]; then
  if [ "${HEADGATE_CLEANUP:-}" = true ]; then
    # What cleans up after this job runs in a shell of its own, and finds the program by the number of the job.
    headgate_home="${TMPDIR:-/tmp}/headgate-$CI_JOB_ID"
    mkdir -m 700 "$headgate_home" ||
      headgate_stop 1 "The folder $headgate_home cannot be made" "Something of this name is there already, or the folder around it is read-only" \
        "Remove it from the runner, or set TMPDIR for the job"
  else
    headgate_home=$(mktemp -d)
    trap 'rm -rf "$headgate_home"' EXIT
  fi
  export PATH="$headgate_home/bin:$PATH"
fi
case "$HEADGATE_SOURCE" in
  npm)
    npm install --global --prefix "$headgate_home" --ignore-scripts --no-audit --no-fund --loglevel=error \
      "headgate@$HEADGATE_VERSION" ||
      headgate_stop 1 "npm could not install headgate $HEADGATE_VERSION" \
        "The registry cannot be reached from this runner, or does not have this version" \
        "Set the CI variable NPM_CONFIG_REGISTRY to your own registry, or the input 'source' to 'url' or 'preinstalled'"
    ;;
  url)
    # Node itself downloads, because an image may have neither curl nor wget. Nothing is unpacked before its check sum fits.
    NODE_USE_ENV_PROXY=1 node --input-type=module - "$headgate_home/headgate.tgz" <<'DOWNLOAD' || exit $?
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';

const { HEADGATE_SOURCE_URL: address = '', HEADGATE_SOURCE_SHA256: expected = '', CI_API_V4_URL: api, CI_JOB_TOKEN: token } = process.env;

function stop(code, what, cause, next) {
  console.error('headgate: ' + what + '\nLikely cause: ' + cause + '\nNext: ' + next);
  process.exit(code);
}

async function download() {
  let url = new URL(address);
  for (let hops = 0; hops < 5; hops += 1) {
    // The job token opens the package registry of this instance; a redirect must not carry it to another host.
    const headers = api && token && url.href.startsWith(api + '/') ? { 'JOB-TOKEN': token } : {};
    const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(300_000) });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) {
      if (!response.ok) throw new Error('the answer is ' + response.status + ' ' + response.statusText);
      return Buffer.from(await response.arrayBuffer());
    }
    url = new URL(location, url);
  }
  throw new Error('there are more than five redirects');
}

if (!/^[0-9a-f]{64}$/i.test(expected)) {
  stop(2, "The input 'source-sha256' is not a SHA-256", "It is required when 'source' is 'url', and has 64 hexadecimal digits",
    "Write the SHA-256 that stands beside the file in its release");
}
const parsed = URL.parse(address);
if (!/^https?:$/.test(parsed?.protocol ?? '') || parsed.username + parsed.password !== '') {
  stop(2, "The input 'source-url' is not an http or https address without credentials", "It is required when 'source' is 'url'",
    "Write the address of headgate-<version>.tgz; the package registry of this GitLab is opened with the job's own token");
}
const shown = parsed.origin + parsed.pathname;
const content = await download().catch((error) =>
  stop(1, 'The program could not be downloaded from ' + shown + ': ' + (error.cause?.message ?? error.message),
    'The address is wrong, or cannot be reached or read from this runner', "Check the input 'source-url', and the proxy of the runner"));
const actual = createHash('sha256').update(content).digest('hex');
if (actual !== expected.toLowerCase()) {
  stop(1, 'The file from ' + shown + ' has the SHA-256 ' + actual + ', not ' + expected,
    'It is another version or was changed; nothing of it was run', "Compare with the release, then correct 'source-url' or 'source-sha256'");
}
await writeFile(process.argv[2], content);
DOWNLOAD
    tar -xzf "$headgate_home/headgate.tgz" -C "$headgate_home"
    mkdir "$headgate_home/bin"
    chmod +x "$headgate_home/package/dist/headgate.js"
    ln -s ../package/dist/headgate.js "$headgate_home/bin/headgate"
    ;;
  preinstalled)
    command -v headgate >/dev/null ||
      headgate_stop 1 "There is no 'headgate' in this image" "The input 'source' is 'preinstalled', but 'image' names an image without it" \
        "Choose an image with headgate on its PATH, or set 'source' to 'npm' or 'url'"
    ;;
esac
headgate_version=$(headgate --version) ||
  headgate_stop 1 "The program does not start" "What was installed is not a release of headgate, or not whole" \
    "Compare the inputs 'source', 'version' and 'source-url' with a release"
echo "headgate $headgate_version"
