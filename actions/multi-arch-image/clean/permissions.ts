import type { Permission } from '../../../lib/operation/define.ts';

const REPOSITORIES = 'arn:${Partition}:ecr:${Region}:${Account}:repository/*';
const WHERE = 'images in Amazon ECR';

/** What `clean` calls. Source: "Actions, resources, and condition keys for Amazon ECR", Service Authorization Reference. */
export const ECR_CLEAN_PERMISSIONS: readonly Permission[] = [
  { action: 'ecr:DescribeImages', resource: REPOSITORIES, why: 'lists images, with and without tags', onlyWith: WHERE },
  { action: 'ecr:BatchGetImage', resource: REPOSITORIES, why: 'reads what images need', onlyWith: WHERE },
  { action: 'ecr:BatchDeleteImage', resource: REPOSITORIES, why: 'removes tags and images', onlyWith: WHERE },
];
