import { afterAll } from '@jest/globals';
import { type GithubApi, startGithubApi } from '../support/github-api.ts';
import { requires } from '../support/requires.ts';
import { openGithub } from './github-door.ts';
import { describeGlueLife } from './glue-transform-life.ts';
import { openTerminal } from './terminal-door.ts';

const java = requires('java', 'Spark runs on it');
const api: GithubApi = await startGithubApi();
afterAll(async () => {
  await api.close();
});

describeGlueLife('the terminal', openTerminal, java, { select: '', atLeast: 100 });
describeGlueLife('GitHub, by our own runner', openGithub(api), java, { select: 'zeros or departments', atLeast: 2 });
