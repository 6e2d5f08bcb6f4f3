import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';
import { openTerminal } from './terminal-door.ts';

let aws: LocalAws;
let repository: ScratchRepository;
beforeAll(async () => {
  [aws, repository] = await Promise.all([startLocalAws(), createScratchRepository()]);
  await repository.startBranch('partitions');
  await repository.commit({ 'parent.yaml': PARENT, 'nested.yaml': NESTED }, 'A template with another');
}, 180_000);
afterAll(async () => {
  await aws?.stop();
  await repository?.remove();
});

const NESTED = 'Resources:\n  Topic: { Type: AWS::SNS::Topic }\n';
const PARENT = `Resources:
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties: { TemplateURL: nested.yaml }
`;

// The address of a nested template and the names of roles differ between partitions.
test.each(['cn-north-1', 'us-gov-west-1'])(
  'a stack with a nested template and code is deployed and destroyed in %s',
  async (region) => {
    const door = await openTerminal(repository, { ...aws, environment: { ...aws.environment, AWS_REGION: region } });
    const before = aws.calls().at(-1)?.n ?? 0;
    const run = async (operation: string, inputs: Record<string, string>) => {
      const result = await door.run({ operation, inputs, happening: { kind: 'manual', branch: 'partitions' } });
      if (result.exitCode !== 0) throw new Error(result.log);
      return result.outputs;
    };

    const parent = {
      component: 'parent',
      template: 'parent.yaml',
      capabilities: 'CAPABILITY_AUTO_EXPAND',
      bootstrap: 'true',
    };
    expect(await run('branch-stack deploy', parent)).toMatchObject({ status: 'created' });
    expect(await run('branch-stack deploy', parent)).toMatchObject({ status: 'unchanged' });
    expect(await run('branch-stack deploy', {})).toMatchObject({ status: 'created' });
    for (const component of [{}, { component: 'parent' }]) {
      expect(await run('branch-stack destroy', component)).toMatchObject({ status: 'destroyed' });
    }
    const regions = new Set(aws.calls(before).map((call) => call.region));
    expect([...regions]).toEqual([region]);
  },
  120_000,
);
