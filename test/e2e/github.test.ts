import { afterAll } from '@jest/globals';
import { startGithubApi } from '../support/github-api.ts';
import { describeLife } from './branch-stack-life.ts';
import { openGithub } from './github-door.ts';

const api = await startGithubApi();
afterAll(() => api.close());

describeLife('GitHub (own runner)', openGithub(api));
