import type { Permission } from '../../lib/operation/define.ts';

/** What saying why a stack failed takes. */
export const EXPLANATION_PERMISSIONS: readonly Permission[] = [
  {
    action: 'cloudformation:DescribeEvents',
    resource: 'arn:${Partition}:cloudformation:${Region}:${Account}:stack/*',
    why: 'finds why the service refused before it began',
  },
  { action: 'cloudformation:ListImports', resource: '*', why: 'names the stacks that hold an export back' },
];
