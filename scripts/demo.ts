// Shows scenarios on real input, on this machine: `node scripts/demo.ts [scenario]`. scripts/demo sets the tools up.
// A scenario has a demonstration when there is a file demos/<scenario>.ts beside this one.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { scenarioNames } from './scenarios.ts';

const root = path.resolve(import.meta.dirname, '..');
const demoFile = (scenario: string) => path.join(import.meta.dirname, 'demos', `${scenario}.ts`);
const shown = (await scenarioNames(root)).filter((scenario) => existsSync(demoFile(scenario)));
const asked = process.argv[2];
if (asked !== undefined && !shown.includes(asked)) {
  console.error(`scripts/demo: there is no demonstration of '${asked}'; there are ${shown.join(', ')}`);
  process.exit(2);
}

process.env.HEADGATE_CACHE ??= path.join(root, '.cache');
console.log('Building the release tree, which is what users run ...');
await execa(process.execPath, [path.join(root, 'scripts', 'release.ts')], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
});
for (const scenario of asked === undefined ? shown : [asked]) {
  const { demo } = (await import(demoFile(scenario))) as { demo(): Promise<void> };
  await demo();
}
