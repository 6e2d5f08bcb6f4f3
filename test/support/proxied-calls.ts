// A process of its own, because Node reads NODE_EXTRA_CA_CERTS only at the start. Makes the calls that its arguments name
// and prints what came of them as JSON.
import { Readable } from 'node:stream';
import { connectAws } from '../../lib/aws/clients.ts';
import { connectGithub } from '../../lib/hosts/github-api.ts';
import { GitlabApi } from '../../lib/hosts/gitlab-api.ts';
import { useProxies } from '../../lib/net/proxy.ts';

useProxies(process.env);
const aws = () =>
  connectAws({
    region: 'eu-central-1',
    roleToAssume: undefined,
    allowedAccountIds: [],
    identityToken: async () => undefined,
    userAgent: { version: '1.2.3', operation: 'sample deploy' },
  });
const UPLOAD_BYTES = 3_000_000;

const CALLS: Record<string, () => Promise<unknown>> = {
  identity: async () => await aws().accountId(),
  stacks: async () => {
    const cloudFormation = await aws().cloudFormation();
    const answers = [await cloudFormation.listStacks({}), await cloudFormation.listStacks({})];
    return answers.length;
  },
  // More than 2 MiB: for that the SDK asks with `Expect: 100-continue`, and makes an agent where it was given none.
  upload: async () => {
    const Body = Readable.from([Buffer.alloc(UPLOAD_BYTES)]);
    const s3 = await aws().s3();
    return (await s3.putObject({ Bucket: 'assets', Key: 'key', Body, ContentLength: UPLOAD_BYTES })).ETag;
  },
  gitlab: async () => await new GitlabApi('https://code.gitlab.invalid/api/v4', 'token').request({ path: '/user' }),
  github: async () => {
    const repository = await connectGithub(process.env, 'token');
    if ('note' in repository) return repository.note;
    return (await repository.octokit.rest.repos.get({ owner: repository.owner, repo: repository.repo })).data;
  },
};

const results: Record<string, unknown> = {};
for (const name of process.argv.slice(2)) {
  results[name] = await CALLS[name]?.().catch((error: unknown) => ({ error: String(error) }));
}
process.stdout.write(JSON.stringify(results));
