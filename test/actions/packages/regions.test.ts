import { describe, expect, test } from '@jest/globals';
import { regionsOf } from '../../../actions/packages/regions.ts';
import { connectAws } from '../../../lib/aws/clients.ts';

const aws = (region: string | undefined) =>
  connectAws({
    region,
    roleToAssume: undefined,
    allowedAccountIds: [],
    identityToken: async () => undefined,
    userAgent: { version: '0.0.0', operation: 'packages publish' },
    environment: {},
  });

describe('the Regions of a repository', () => {
  test('are the primary one and the replicas, in the order given, each with its own connection', () => {
    const regions = regionsOf(aws('eu-west-1'), ['us-east-1', 'eu-central-1']);
    expect(regions.map(({ region }) => region)).toEqual(['eu-west-1', 'us-east-1', 'eu-central-1']);
    expect(regions.map((each) => each.aws.region)).toEqual(['eu-west-1', 'us-east-1', 'eu-central-1']);
  });

  test('are one where there is no replica', () => {
    expect(regionsOf(aws('cn-north-1'), []).map(({ region }) => region)).toEqual(['cn-north-1']);
  });

  test('are refused with everything that is wrong with them', () => {
    const wrong = () => regionsOf(aws('eu-west-1'), ['Europe', 'us-east-1', 'eu-west-1', 'us-east-1', 'cn-north-1']);
    expect(wrong).toThrow(
      [
        "input 'replicas': 'Europe' is not a Region; write for example 'eu-central-1'",
        "input 'replicas': 'eu-west-1' is the primary Region ('region') already; name only the others",
        "input 'replicas': 'us-east-1' is named twice",
        "input 'replicas': 'cn-north-1' is in another partition than eu-west-1; an account is in one partition only",
      ].join('\n'),
    );
  });

  test('need a primary one', () => {
    expect(() => regionsOf(aws(undefined), ['us-east-1', 'x'])).toThrow(
      "input 'replicas': 'x' is not a Region; write for example 'eu-central-1'\ninput 'region': is required: give it, or set AWS_REGION for the job",
    );
  });
});
