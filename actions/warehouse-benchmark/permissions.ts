import type { Permission } from '../../lib/operation/define.ts';

// Which actions take a resource: Service Authorization Reference, "Amazon Redshift Serverless" and "Amazon Redshift Data API".
// The ARN of a workgroup or namespace ends with its id, not with its name.

const WORKGROUP = 'arn:${Partition}:redshift-serverless:${Region}:${Account}:workgroup/*';
const NAMESPACE = 'arn:${Partition}:redshift-serverless:${Region}:${Account}:namespace/*';
const REDSHIFT = "'engine: redshift'";
/** The `onlyWith` of what AWS asks for and no local AWS does. */
export const ON_AWS = 'a workgroup that is missing, on AWS';
/** Actions of the Data API on a statement take no resource. */
const OWN_STATEMENTS =
  'limit it by the condition key redshift-data:statement-owner-iam-userid (${aws:userid}) to statements of your own';

/** What running statements takes, for any operation. The Data API asks Redshift Serverless for credentials in the caller's name. */
const STATEMENT_PERMISSIONS: readonly Permission[] = [
  {
    action: 'redshift-serverless:GetCredentials',
    resource: WORKGROUP,
    why: 'signs in to the database',
    onlyWith: REDSHIFT,
  },
  { action: 'redshift-data:ExecuteStatement', resource: WORKGROUP, why: 'runs statements', onlyWith: REDSHIFT },
  { action: 'redshift-data:BatchExecuteStatement', resource: WORKGROUP, why: 'sets sessions up', onlyWith: REDSHIFT },
  {
    action: 'redshift-data:DescribeStatement',
    resource: '*',
    why: `waits for statements; ${OWN_STATEMENTS}`,
    onlyWith: REDSHIFT,
  },
  {
    action: 'redshift-data:GetStatementResult',
    resource: '*',
    why: `reads rows; ${OWN_STATEMENTS}`,
    onlyWith: REDSHIFT,
  },
];

const GET_WORKGROUP: Permission = {
  action: 'redshift-serverless:GetWorkgroup',
  resource: WORKGROUP,
  why: 'sees the capacity of the workgroup, and waits for it',
  onlyWith: REDSHIFT,
};

const SECRET: Permission = {
  action: 'secretsmanager:GetSecretValue',
  resource: 'arn:${Partition}:secretsmanager:${Region}:${Account}:secret:*',
  why: "the Data API reads the login in the caller's name",
  onlyWith: "'secret-arn'",
};

/** The capacity that a workgroup gets back is noted at the workgroup. */
const NOTE_PERMISSIONS: readonly Permission[] = (
  [
    ['ListTagsForResource', 'sees which capacity the workgroup is to get back'],
    ['TagResource', 'notes it as a tag'],
  ] as const
).map(([action, why]) => ({
  action: `redshift-serverless:${action}`,
  resource: WORKGROUP,
  why,
  onlyWith: "'when-done: restore'",
}));

const FORGET: Permission = {
  action: 'redshift-serverless:UntagResource',
  resource: WORKGROUP,
  why: 'takes the tag off again',
  onlyWith: "'when-done: restore'",
};

const RARE_PERMISSIONS: readonly Permission[] = [
  {
    action: 'redshift-data:CancelStatement',
    resource: '*',
    why: `ends a statement that runs too long or in a run that is broken off; ${OWN_STATEMENTS}`,
    onlyWith: REDSHIFT,
  },
  {
    action: 'redshift-data:ListSessions',
    resource: '*',
    why: 'sees whether a session is still there after a statement failed',
    onlyWith: REDSHIFT,
  },
];

/** What `prepare` takes. */
export const PREPARE_PERMISSIONS: readonly Permission[] = [
  GET_WORKGROUP,
  ...STATEMENT_PERMISSIONS,
  {
    action: 'redshift-serverless:UpdateWorkgroup',
    resource: WORKGROUP,
    why: 'resizes the workgroup',
    onlyWith: "'rpus' other than the workgroup has",
  },
  ...(
    [
      ['GetNamespace', NAMESPACE, 'sees whether the namespace is there'],
      ['CreateWorkgroup', WORKGROUP, 'makes the workgroup'],
      ['TagResource', WORKGROUP, 'tags it, so that only such a one is ever deleted'],
    ] as const
  ).map(
    ([action, resource, why]): Permission => ({
      action: `redshift-serverless:${action}`,
      resource,
      why,
      onlyWith: 'a workgroup that is missing',
    }),
  ),
  // Source: resource provider schema of AWS::RedshiftServerless::Workgroup, permissions of its create handler.
  ...[
    'DescribeAccountAttributes',
    'DescribeAddresses',
    'DescribeAvailabilityZones',
    'DescribeInternetGateways',
    'DescribeSecurityGroups',
    'DescribeSubnets',
    'DescribeVpcAttribute',
  ].map(
    (action): Permission => ({
      action: `ec2:${action}`,
      resource: '*',
      why: "Redshift Serverless looks at the network in the caller's name",
      onlyWith: ON_AWS,
    }),
  ),
  ...NOTE_PERMISSIONS,
  SECRET,
  ...RARE_PERMISSIONS,
];

/** What `run` takes. */
export const RUN_PERMISSIONS: readonly Permission[] = [
  GET_WORKGROUP,
  ...STATEMENT_PERMISSIONS,
  ...RARE_PERMISSIONS,
  {
    action: 'redshift-serverless:UpdateWorkgroup',
    resource: WORKGROUP,
    why: 'resizes the workgroup, and gives it its capacity back',
    onlyWith: "'rpus' other than the workgroup has",
  },
  ...NOTE_PERMISSIONS,
  FORGET,
  SECRET,
  {
    action: 'redshift-serverless:ListTagsForResource',
    resource: WORKGROUP,
    why: 'sees whether the workgroup is one that `prepare` has made',
    onlyWith: "'when-done: delete'",
  },
  {
    action: 'redshift-serverless:DeleteWorkgroup',
    resource: WORKGROUP,
    why: 'deletes a workgroup that `prepare` has made',
    onlyWith: "'when-done: delete'",
  },
];

/** What a sweep over capacities takes: it always resizes, and never deletes. */
export const SWEEP_PERMISSIONS: readonly Permission[] = [
  ...RUN_PERMISSIONS.filter(({ onlyWith }) => onlyWith === REDSHIFT).map(always),
  {
    action: 'redshift-serverless:UpdateWorkgroup',
    resource: WORKGROUP,
    why: 'resizes the workgroup for each capacity, and gives it its own back',
  },
  ...[...NOTE_PERMISSIONS, FORGET].map(always),
  SECRET,
];

function always({ onlyWith: _, ...permission }: Permission): Permission {
  return permission;
}
