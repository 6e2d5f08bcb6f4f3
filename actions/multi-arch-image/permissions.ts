import type { Permission } from '../../lib/operation/define.ts';

const REPOSITORIES = 'arn:${Partition}:ecr:${Region}:${Account}:repository/*';
const WHERE = 'images in Amazon ECR';

const SIGN_IN: Permission = {
  action: 'ecr:GetAuthorizationToken',
  resource: '*',
  why: 'signs in to the registry',
  onlyWith: WHERE,
};

/** What asking for a layer without reading it takes. */
export const ECR_CHECK_LAYERS_PERMISSION: Permission = {
  action: 'ecr:BatchCheckLayerAvailability',
  resource: REPOSITORIES,
  why: 'looks whether a layer is there already',
  onlyWith: WHERE,
};

/** What reading images from Amazon ECR takes. Source: Amazon ECR User Guide, "Required IAM permissions for pushing". */
export const ECR_READ_PERMISSIONS: readonly Permission[] = [
  SIGN_IN,
  {
    action: 'ecr:BatchGetImage',
    resource: REPOSITORIES,
    why: 'reads manifests, and what tags point at',
    onlyWith: WHERE,
  },
  {
    action: 'ecr:GetDownloadUrlForLayer',
    resource: REPOSITORIES,
    why: 'reads configurations and layers',
    onlyWith: WHERE,
  },
];

/** What writing images to Amazon ECR takes, besides reading. Source: the same. */
export const ECR_WRITE_PERMISSIONS: readonly Permission[] = [
  ECR_CHECK_LAYERS_PERMISSION,
  { action: 'ecr:InitiateLayerUpload', resource: REPOSITORIES, why: 'uploads layers', onlyWith: WHERE },
  { action: 'ecr:UploadLayerPart', resource: REPOSITORIES, why: 'uploads layers', onlyWith: WHERE },
  { action: 'ecr:CompleteLayerUpload', resource: REPOSITORIES, why: 'uploads layers', onlyWith: WHERE },
  { action: 'ecr:PutImage', resource: REPOSITORIES, why: 'writes manifests and moves tags', onlyWith: WHERE },
];

/** What the tool that builds does by itself, with the login that it is given. */
export const BY_THE_TOOL = 'base images in Amazon ECR';

/** What building and pushing takes. */
export const ECR_BUILD_PERMISSIONS: readonly Permission[] = [
  ...ECR_READ_PERMISSIONS.map((permission) =>
    permission.action === 'ecr:GetDownloadUrlForLayer'
      ? { ...permission, why: 'the tool reads base images', onlyWith: BY_THE_TOOL }
      : permission,
  ),
  ...ECR_WRITE_PERMISSIONS,
];

/** Whether a repository exists, and which of its tags may move. */
export const ECR_MUTABILITY_PERMISSION: Permission = {
  action: 'ecr:DescribeRepositories',
  resource: REPOSITORIES,
  why: 'reads which tags may not be moved',
  onlyWith: WHERE,
};

/** Only where a tag that was new must be taken back; ECR's registry removes none, its API does. */
export const ECR_TAKE_BACK_PERMISSION: Permission = {
  action: 'ecr:BatchDeleteImage',
  resource: REPOSITORIES,
  why: 'takes a new tag back when another tag cannot be moved',
  onlyWith: WHERE,
};
