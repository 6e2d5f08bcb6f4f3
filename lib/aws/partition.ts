/** An AWS partition: the first part of ARNs and the domain of endpoints. */
export interface Partition {
  readonly id: 'aws' | 'aws-cn' | 'aws-us-gov' | 'aws-iso' | 'aws-iso-b' | 'aws-iso-e' | 'aws-iso-f' | 'aws-eusc';
  readonly dnsSuffix: string;
}

/** Source: the partitions of the SDKs' endpoint rules (aws-sdk "partitions.json"), by prefix of the Region. */
const PARTITIONS: readonly (readonly [prefix: string, partition: Partition])[] = [
  ['cn-', { id: 'aws-cn', dnsSuffix: 'amazonaws.com.cn' }],
  ['us-gov-', { id: 'aws-us-gov', dnsSuffix: 'amazonaws.com' }],
  ['us-isob-', { id: 'aws-iso-b', dnsSuffix: 'sc2s.sgov.gov' }],
  ['eu-isoe-', { id: 'aws-iso-e', dnsSuffix: 'cloud.adc-e.uk' }],
  ['us-isof-', { id: 'aws-iso-f', dnsSuffix: 'csp.hci.ic.gov' }],
  ['us-iso-', { id: 'aws-iso', dnsSuffix: 'c2s.ic.gov' }],
  ['eusc-', { id: 'aws-eusc', dnsSuffix: 'amazonaws.eu' }],
];

export function partitionOf(region: string): Partition {
  return PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? { id: 'aws', dnsSuffix: 'amazonaws.com' };
}
