// What comparing Regions cannot do without: the packages of each, the versions of each package and the assets of each
// version, of all Regions and of so many packages at the same time. Each SHA-256 is compared, and nothing else is done.
//
//   node compare.js <domain> <repository> <parallel> <region> ...
import { Codeartifact } from '@aws-sdk/client-codeartifact';

const [domain, repository, parallel, ...regions] = process.argv.slice(2);
const clients = regions.map((region) => new Codeartifact({ region, disableHostPrefix: true }));
const common = { domain, repository, maxResults: 1000 };

async function packagesOf(client) {
  const found = [];
  let nextToken;
  do {
    const page = await client.listPackages({ ...common, nextToken });
    found.push(...page.packages);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found;
}

async function compare({ format, namespace, package: name }) {
  const asked = { ...common, format, namespace, package: name };
  const lists = await Promise.all(clients.map((client) => client.listPackageVersions(asked)));
  for (const { version: packageVersion } of lists[0].versions) {
    const looks = await Promise.all(
      clients.map((client) => client.listPackageVersionAssets({ ...asked, packageVersion })),
    );
    const [first, ...others] = looks.map(({ assets }) => assets.map(({ hashes }) => hashes['SHA-256']).join());
    if (others.some((other) => other !== first)) throw new Error(`${name} ${packageVersion} differs`);
  }
}

const [packages] = await Promise.all(clients.map(packagesOf));
let next = 0;
async function work() {
  while (next < packages.length) await compare(packages[next++]);
}
await Promise.all(Array.from({ length: Number(parallel) }, work));
