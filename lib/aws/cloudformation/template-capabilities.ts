import type { Capability } from '@aws-sdk/client-cloudformation';
import type { Template, TemplateResource } from './template.ts';
import { isNull } from './template-node.ts';

/** A capability that CreateChangeSet has to be given, and what in the template asks for it. */
export interface RequiredCapability {
  readonly name: Capability;
  readonly because: readonly string[];
}

/** The property that gives an IAM resource a name of its own (CreateChangeSet, parameter Capabilities). */
const IAM_NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::IAM::Group': 'GroupName',
  'AWS::IAM::InstanceProfile': 'InstanceProfileName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::User': 'UserName',
};
const NESTED_STACKS = new Set(['AWS::CloudFormation::Stack', 'AWS::Serverless::Application']);

/**
 * The capabilities that a template needs. Custom names (`CAPABILITY_NAMED_IAM`) include `CAPABILITY_IAM`.
 *
 * What a template behind a URL or a macro adds cannot be seen from here, save for AWS::Serverless, which makes roles.
 *
 * @param nested templates of nested stacks; the stack above has to be given their capabilities too
 */
export function requiredCapabilities(
  template: Template,
  nested: readonly Template[] = [],
): readonly RequiredCapability[] {
  const templates = [template, ...nested];
  const iam: string[] = [];
  const named: string[] = [];
  const expand: string[] = [];
  for (const { file, resources, transforms } of templates) {
    const label = (name: string) => (templates.length === 1 ? name : `${file}: ${name}`);
    for (const transform of transforms) {
      expand.push(label(`macro ${transform}`));
      if (transform.startsWith('AWS::Serverless-')) iam.push(label(`macro ${transform}`));
    }
    for (const resource of resources) {
      const text = label(`${resource.logicalId} (${resource.type})`);
      if (NESTED_STACKS.has(resource.type)) expand.push(text);
      if (!resource.type.startsWith('AWS::IAM::')) continue;
      (hasOwnName(resource) ? named : iam).push(text);
    }
  }
  return [
    ...(named.length > 0 ? [{ name: 'CAPABILITY_NAMED_IAM', because: named } as const] : []),
    ...(named.length === 0 && iam.length > 0 ? [{ name: 'CAPABILITY_IAM', because: iam } as const] : []),
    ...(expand.length > 0 ? [{ name: 'CAPABILITY_AUTO_EXPAND', because: expand } as const] : []),
  ];
}

function hasOwnName({ type, properties }: TemplateResource): boolean {
  const property = IAM_NAME_PROPERTIES[type];
  const name = property === undefined ? undefined : properties?.entries.get(property);
  if (name === undefined || isNull(name)) return false;
  return !(name.kind === 'text' && name.tag === '!Ref' && name.value === 'AWS::NoValue');
}
