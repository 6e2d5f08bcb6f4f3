import { afterAll } from '@jest/globals';
import { type GithubApi, startGithubApi } from '../support/github-api.ts';
import { openGithub } from './github-door.ts';
import { openTerminal } from './terminal-door.ts';
import { describeWarehouseLife } from './warehouse-benchmark-life.ts';

const api: GithubApi = await startGithubApi();
afterAll(async () => {
  await api.close();
});

describeWarehouseLife('the terminal', openTerminal, { redshift: 'all', duckdb: 'few' });
describeWarehouseLife('GitHub, by our own runner', openGithub(api), { redshift: 'few', duckdb: 'all' });
