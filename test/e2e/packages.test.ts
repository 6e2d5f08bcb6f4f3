import { afterAll } from '@jest/globals';
import { type GithubApi, startGithubApi } from '../support/github-api.ts';
import { openGithub } from './github-door.ts';
import { describePackagesLife } from './packages-life.ts';
import { openTerminal } from './terminal-door.ts';

const api: GithubApi = await startGithubApi();
afterAll(async () => {
  await api.close();
});

describePackagesLife('the terminal', openTerminal);
describePackagesLife('GitHub, by our own runner', openGithub(api));
