import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import type { Finding } from '../../lib/hosts/host.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { type ConnectProxy, startConnectProxy } from '../support/connect-proxy.ts';
import { type GithubApi, OWNER, REPO, startGithubApi, TOKEN } from '../support/github-api.ts';
import { runJob } from '../support/github-runner.ts';
import { TOKEN as GITLAB_TOKEN, type GitlabApi, startGitlabApi } from '../support/gitlab-api.ts';
import { requires } from '../support/requires.ts';
import { startTlsService, type TlsService } from '../support/tls-service.ts';
import { dispatchEvent } from './github-events.ts';
import { releaseTree } from './release-tree.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';
import { cleanEnvironment } from './terminal-door.ts';

let repository: ScratchRepository;
let temporary: string;
/** git goes to the repository that stands for the hosts'. */
let gitConfiguration: string;
beforeAll(async () => {
  repository = await createScratchRepository();
  temporary = await mkdtemp(path.join(os.tmpdir(), 'headgate-doctor-'));
  gitConfiguration = path.join(temporary, 'gitconfig');
  const addresses = ['https://github.com/octo-org/shop.git', 'https://gitlab.invalid/octo-org/shop.git'];
  const lines = addresses.map((address) => `[url "${repository.bare}"]\n\tinsteadOf = ${address}\n`);
  await writeFile(gitConfiguration, lines.join(''));
}, 60_000);
afterAll(async () => {
  await repository?.remove();
  if (temporary) await rm(temporary, { recursive: true, force: true });
});

/** Runs the program of the release tree in the checkout. */
async function doctor(environment: Readonly<Record<string, string>>, ...flags: string[]) {
  const program = path.join(await releaseTree(), 'dist', 'headgate.js');
  const { exitCode, all } = await execa(process.execPath, [program, 'doctor', ...flags], {
    cwd: repository.directory,
    env: { ...cleanEnvironment(), GIT_CONFIG_GLOBAL: gitConfiguration, ...environment },
    extendEnv: false,
    reject: false,
    all: true,
  });
  return { exitCode, log: all, ...(await written()) };
}

/** The findings by name, as the result file has them. */
async function written() {
  const file = path.join(repository.directory, '.headgate', 'results', 'doctor-run.json');
  const { result, data } = JSON.parse(await readFile(file, 'utf8'));
  const findings: Finding[] = (result ?? data).findings;
  return { of: (check: string) => findings.find((finding) => finding.check === check) };
}

describe('with the local AWS', () => {
  let aws: LocalAws;
  let github: GithubApi;
  let gitlab: GitlabApi;
  beforeAll(async () => {
    [aws, github, gitlab] = await Promise.all([startLocalAws(), startGithubApi(), startGitlabApi()]);
  }, 180_000);
  afterAll(async () => {
    await Promise.all([aws?.stop(), github?.close(), gitlab?.close()]);
  });
  beforeEach(() => aws.reset());

  test('at the terminal', async () => {
    const { exitCode, of } = await doctor(aws.environment);
    expect(exitCode).toBe(0);
    expect(of('Host')?.found).toBe('terminal');
    expect(of('Event')?.found).toBe("manual on 'main'");
    expect(of('Branches')).toMatchObject({ status: 'ok', found: '1 is listed' });
    expect(of('Endpoint: AWS_ENDPOINT_URL')).toMatchObject({ status: 'ok', found: `${aws.endpoint}, a local AWS` });
    const kinds = new Set(
      aws.calls().map(({ operation }) => operation.replace(/[A-Z][a-z]*/g, (word) => `${word} `).split(' ')[0]),
    );
    expect([...kinds].sort()).toEqual(['Describe', 'Get', 'Head']);
  });

  test('on GitHub: the event, the token and the summary', async () => {
    const sha = await repository.git('rev-parse', 'HEAD');
    const job = {
      event: dispatchEvent('main', sha),
      repository: `${OWNER}/${REPO}`,
      workspace: repository.directory,
      actions: await releaseTree(),
      apiUrl: github.url,
      token: TOKEN,
      environment: { ...aws.environment, GIT_CONFIG_GLOBAL: gitConfiguration },
    };
    const [step] = await runJob(job, [{ uses: 'actions/doctor/run', with: { 'github-token': TOKEN } }]);
    const { of } = await written();
    expect(step).toMatchObject({ exitCode: 0, outputs: { warnings: expect.any(String) } });
    expect(step?.summary).toContain('### Headgate doctor');
    expect(of('Repository')?.found).toContain('github.com/octo-org/shop');
    expect(of('Branches')).toMatchObject({ status: 'ok' });
    expect(of('API token: deployments')).toMatchObject({ status: 'ok' });
    expect(github.requests.every((request) => request.startsWith('GET '))).toBe(true);
    expect(step?.log.replace(`::add-mask::${TOKEN}`, '')).not.toContain(TOKEN);
  });

  test('on GitLab: the token and the limit of outputs', async () => {
    const { exitCode, of, log } = await doctor({
      ...aws.environment,
      GITLAB_CI: 'true',
      CI_PIPELINE_SOURCE: 'push',
      CI_COMMIT_BRANCH: 'main',
      CI_DEFAULT_BRANCH: 'main',
      CI_SERVER_URL: 'https://gitlab.invalid',
      CI_SERVER_HOST: 'gitlab.invalid',
      CI_PROJECT_PATH: 'octo-org/shop',
      CI_PROJECT_DIR: repository.directory,
      CI_JOB_TOKEN: 'job-token',
      CI_API_V4_URL: gitlab.url,
      HEADGATE_GITLAB_TOKEN: GITLAB_TOKEN,
    });
    expect(exitCode).toBe(0);
    expect(of('Host')?.found).toBe('gitlab');
    expect(of('Repository')).toMatchObject({
      status: 'ok',
      found: "gitlab.invalid/octo-org/shop, default branch 'main'",
    });
    expect(of('Branches')).toMatchObject({ status: 'ok' });
    expect(of('API token')).toMatchObject({ status: 'ok', found: expect.stringContaining('its scopes are api') });
    expect(of('Outputs (dotenv report)')).toMatchObject({ status: 'ok' });
    expect(log).not.toContain(GITLAB_TOKEN);
  });
});

const openssl = requires('openssl', 'makes the certificate of the server that stands for AWS');

describe('through a proxy, to a server that stands for AWS', () => {
  let proxy: ConnectProxy;
  let service: TlsService;
  let secondsBehind = 0;
  beforeAll(async () => {
    proxy = await startConnectProxy(() => service.port);
    if (openssl.path === '') return;
    const names = ['*.cn-north-1.amazonaws.com.cn', '*.s3.cn-north-1.amazonaws.com.cn', 'gitlab.invalid'];
    service = await startTlsService(openssl.path, names, answer);
  });
  afterEach(() => {
    proxy.passed.length = 0;
    secondsBehind = 0;
  });
  afterAll(async () => {
    await proxy?.close();
    await service?.close();
  });

  /** The account 111122223333, in which nothing was made yet. */
  const answer: RequestListener = (request, response) => {
    request.resume().on('end', () => {
      response.setHeader('date', new Date(Date.now() - secondsBehind * 1000).toUTCString());
      response.setHeader('content-type', 'text/xml');
      const service = request.headers.host?.split('.')[0];
      if (request.method === 'HEAD') return response.writeHead(404).end();
      if (service === 'gitlab') return response.end('{"active":true,"scopes":["api"],"expires_at":null}');
      if (service === 'sts') {
        return response.end(`<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account>
          <Arn>arn:aws-cn:sts::111122223333:assumed-role/deploy/jane</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`);
      }
      const message = 'Stack with id headgate-bootstrap does not exist';
      const error = `<Error><Type>Sender</Type><Code>ValidationError</Code><Message>${message}</Message></Error>`;
      return response.writeHead(400).end(`<ErrorResponse>${error}</ErrorResponse>`);
    });
  };
  const environment = () => ({
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_REGION: 'cn-north-1',
    HTTPS_PROXY: proxy.url.replace('//', '//user:secret@'),
    NODE_EXTRA_CA_CERTS: service.certificate,
  });

  openssl.test('every service is asked at its address in the partition', async () => {
    const { exitCode, of, log } = await doctor(environment());
    expect(log).toContain('0 problems');
    expect(exitCode).toBe(0);
    expect([...proxy.passed].sort()).toEqual([
      'CONNECT cloudformation.cn-north-1.amazonaws.com.cn:443',
      'CONNECT headgate-assets-111122223333-cn-north-1.s3.cn-north-1.amazonaws.com.cn:443',
      'CONNECT sts.cn-north-1.amazonaws.com.cn:443',
    ]);
    expect(of('Credentials')?.found).toBe('account 111122223333, arn:aws-cn:sts::111122223333:assumed-role/deploy/…');
    expect(of('Region')?.found).toBe('cn-north-1, partition aws-cn (amazonaws.com.cn)');
    expect(of('Proxy')?.found).toContain(`https through ${proxy.url} (HTTPS_PROXY, with user and password)`);
    expect(log).not.toContain('secret');
  });

  openssl.test('and so is GitLab', async () => {
    const { of } = await doctor({
      ...environment(),
      GITLAB_CI: 'true',
      CI_SERVER_URL: 'https://gitlab.invalid',
      CI_PROJECT_PATH: 'octo-org/shop',
      CI_PROJECT_DIR: repository.directory,
      CI_API_V4_URL: 'https://gitlab.invalid/api/v4',
      HEADGATE_GITLAB_TOKEN: GITLAB_TOKEN,
    });
    expect(of('API token')).toMatchObject({ status: 'ok', found: 'its scopes are api; it does not end' });
    expect(proxy.passed).toContain('CONNECT gitlab.invalid:443');
  });

  openssl.test('a clock that is ten minutes off is a problem', async () => {
    secondsBehind = 600;
    const { exitCode, of } = await doctor(environment());
    expect(exitCode).toBe(1);
    expect(of('Clock')).toMatchObject({
      status: 'problem',
      found: expect.stringMatching(/^is (599|60[0-2]) s ahead of/),
    });
  });

  openssl.test('a certificate that Node does not know is a problem that says what to give', async () => {
    const { exitCode, of } = await doctor({ ...environment(), NODE_EXTRA_CA_CERTS: '' });
    expect(exitCode).toBe(1);
    expect(of('Credentials')).toMatchObject({
      status: 'problem',
      next: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
  });
});
