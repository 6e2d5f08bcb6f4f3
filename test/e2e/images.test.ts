import { afterAll } from '@jest/globals';
import { type GithubApi, startGithubApi } from '../support/github-api.ts';
import { requires } from '../support/requires.ts';
import { openGithub } from './github-door.ts';
import { describeImageLife } from './image-life.ts';
import { openTerminal } from './terminal-door.ts';

const go = requires('go', 'it compiles the sample application');
requires('crane', 'it validates the index');
for (const tool of ['docker-registry', 'buildah', 'skopeo'])
  requires(tool, 'images are built, kept and pulled with it');
const api: GithubApi = await startGithubApi();
afterAll(async () => {
  await api.close();
});

describeImageLife('the terminal', openTerminal, go);
describeImageLife('GitHub, by our own runner', openGithub(api), go);
