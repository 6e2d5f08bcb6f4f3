// Makes a repository empty: removes it with all its packages, and makes it anew.
//
//   node empty.js <domain> <repository> <region>
import { Codeartifact } from '@aws-sdk/client-codeartifact';

const [domain, repository, region] = process.argv.slice(2);
const client = new Codeartifact({ region });
await client.deleteRepository({ domain, repository });
await client.createRepository({ domain, repository });
