// Does what publishing one asset takes in two steps that are timed apart: reading and hashing the file, as the plan does,
// and uploading it by the protocol of its format. The login is fetched between them and not timed.
//
//   node apart.ts generic|pypi <file>
import path from 'node:path';
import { connectAws } from '../../lib/aws/clients.ts';
import { uploadGeneric } from '../../lib/aws/codeartifact/protocols/generic.ts';
import { uploadPypi } from '../../lib/aws/codeartifact/protocols/pypi.ts';
import { openSession } from '../../lib/aws/codeartifact/protocols/session.ts';
import { openRepository } from '../../lib/aws/codeartifact/repository.ts';
import { readReleases } from '../../lib/packages/read-releases.ts';
import { stopwatch } from './stopwatch.ts';

const [format, file = ''] = process.argv.slice(2);
const { signal } = new AbortController();
const generic = format === 'generic' ? { generic: { name: 'big', version: '1.0.0' } } : {};

const endReading = stopwatch();
const [release] = await readReleases([file], { workspace: path.dirname(file), signal, ...generic });
const reading = endReading();
const [asset] = release?.assets ?? [];
if (release === undefined || asset === undefined) throw new Error(`${file} is no package`);

const quiet = () => {};
const log = {
  debug: quiet,
  info: quiet,
  warning: quiet,
  error: quiet,
  group: <T>(_: string, work: () => Promise<T>) => work(),
};
const clock = { now: () => new Date(), sleep: async () => {} };
const userAgent = { version: '0', operation: 'bench' };
const aws = connectAws({
  region: undefined,
  roleToAssume: undefined,
  allowedAccountIds: [],
  identityToken: async () => undefined,
  userAgent,
});
const repository = openRepository(aws, { domain: 'team', domainOwner: undefined, repository: 'releases' }, clock);
const session = openSession({ clock, signal, log, ...userAgent });
await repository.token();
await repository.endpoint('pypi');

const { details } = asset;
const endMoving = stopwatch();
if (details.format === 'pypi') await uploadPypi(session, repository, release.id, { ...asset, details });
else await uploadGeneric(repository, release.id, asset, { isLast: true, signal });
const moving = endMoving();
session.close();
console.log(JSON.stringify({ reading, moving }));
