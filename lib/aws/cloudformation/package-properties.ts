import { macroCalls, type Template } from './template.ts';
import { isNull, type TemplateNode, type TextNode, valueAt } from './template-node.ts';

/**
 * What may stand at a path:
 * - `archive`: a folder, which is zipped; a zip file, which is taken as it is; any other file, which is zipped alone
 * - `bundle`: a folder, which is zipped; any file, which is taken as it is
 * - `file`: a file
 * - `template`: a nested template, which is packaged in turn
 */
export type LocalKind = 'archive' | 'bundle' | 'file' | 'template';

/** How the property names an object in S3: a map with these keys, an `s3://` URI, or an `https://` URL. */
export type LocationForm =
  | { readonly form: 'map'; readonly bucket: string; readonly key: string }
  | { readonly form: 'uri' }
  | { readonly form: 'url' };

export interface PackageProperty {
  readonly type: string;
  /** Dotted path below `Properties`. */
  readonly property: string;
  readonly kind: LocalKind;
  readonly location: LocationForm;
}

const S3_BUCKET_AND_KEY = { form: 'map', bucket: 'S3Bucket', key: 'S3Key' } as const;
const BUCKET_AND_KEY = { form: 'map', bucket: 'Bucket', key: 'Key' } as const;
const URI = { form: 'uri' } as const;
const URL = { form: 'url' } as const;

/**
 * The properties that take a local path: those of `aws cloudformation package` (AWS CLI reference, and its
 * `RESOURCES_EXPORT_LIST`), and those that `sam package` adds (`RESOURCES_WITH_LOCAL_PATHS`). A property that is left
 * out stays out; the AWS CLI would zip the whole folder of the template for it.
 */
export const PACKAGE_PROPERTIES: readonly PackageProperty[] = [
  { type: 'AWS::ApiGateway::RestApi', property: 'BodyS3Location', kind: 'file', location: BUCKET_AND_KEY },
  { type: 'AWS::ApiGatewayV2::Api', property: 'BodyS3Location', kind: 'file', location: BUCKET_AND_KEY },
  { type: 'AWS::AppSync::FunctionConfiguration', property: 'CodeS3Location', kind: 'file', location: URI },
  {
    type: 'AWS::AppSync::FunctionConfiguration',
    property: 'RequestMappingTemplateS3Location',
    kind: 'file',
    location: URI,
  },
  {
    type: 'AWS::AppSync::FunctionConfiguration',
    property: 'ResponseMappingTemplateS3Location',
    kind: 'file',
    location: URI,
  },
  { type: 'AWS::AppSync::GraphQLSchema', property: 'DefinitionS3Location', kind: 'file', location: URI },
  { type: 'AWS::AppSync::Resolver', property: 'CodeS3Location', kind: 'file', location: URI },
  { type: 'AWS::AppSync::Resolver', property: 'RequestMappingTemplateS3Location', kind: 'file', location: URI },
  { type: 'AWS::AppSync::Resolver', property: 'ResponseMappingTemplateS3Location', kind: 'file', location: URI },
  { type: 'AWS::CloudFormation::ModuleVersion', property: 'ModulePackage', kind: 'archive', location: URI },
  { type: 'AWS::CloudFormation::ResourceVersion', property: 'SchemaHandlerPackage', kind: 'archive', location: URI },
  { type: 'AWS::CloudFormation::Stack', property: 'TemplateURL', kind: 'template', location: URL },
  { type: 'AWS::CloudFormation::StackSet', property: 'TemplateURL', kind: 'template', location: URL },
  { type: 'AWS::CodeCommit::Repository', property: 'Code.S3', kind: 'archive', location: BUCKET_AND_KEY },
  {
    type: 'AWS::ElasticBeanstalk::ApplicationVersion',
    property: 'SourceBundle',
    kind: 'bundle',
    location: S3_BUCKET_AND_KEY,
  },
  { type: 'AWS::Glue::Job', property: 'Command.ScriptLocation', kind: 'file', location: URI },
  { type: 'AWS::Lambda::Function', property: 'Code', kind: 'archive', location: S3_BUCKET_AND_KEY },
  { type: 'AWS::Lambda::LayerVersion', property: 'Content', kind: 'archive', location: S3_BUCKET_AND_KEY },
  { type: 'AWS::Serverless::Api', property: 'DefinitionUri', kind: 'file', location: URI },
  { type: 'AWS::Serverless::Application', property: 'Location', kind: 'template', location: URL },
  { type: 'AWS::Serverless::Function', property: 'CodeUri', kind: 'archive', location: URI },
  { type: 'AWS::Serverless::HttpApi', property: 'DefinitionUri', kind: 'file', location: URI },
  { type: 'AWS::Serverless::LayerVersion', property: 'ContentUri', kind: 'archive', location: URI },
  { type: 'AWS::Serverless::StateMachine', property: 'DefinitionUri', kind: 'file', location: BUCKET_AND_KEY },
  {
    type: 'AWS::StepFunctions::StateMachine',
    property: 'DefinitionS3Location',
    kind: 'file',
    location: BUCKET_AND_KEY,
  },
];

/** SAM's `Globals` give every function and API of a template what it leaves out. */
const GLOBALS: readonly PackageProperty[] = [
  { type: 'Function', property: 'CodeUri', kind: 'archive', location: URI },
  { type: 'Api', property: 'DefinitionUri', kind: 'file', location: URI },
  { type: 'HttpApi', property: 'DefinitionUri', kind: 'file', location: URI },
];

/** A value in a template that names something on this machine. */
export interface LocalReference {
  /** Logical id of the resource, `Globals.<kind>`, or `AWS::Include`. */
  readonly owner: string;
  /** Resource type, for limits that belong to one. */
  readonly type: string;
  readonly property: string;
  readonly kind: LocalKind;
  readonly location: LocationForm;
  readonly node: TextNode;
}

/** Finds every value of a template that is packaged, in the order of the text. */
export function localReferences(template: Template): readonly LocalReference[] {
  const references: LocalReference[] = [];
  const add = (owner: string, rule: PackageProperty, node: TemplateNode | undefined) => {
    if (node === undefined || !isLocalPath(node)) return;
    references.push({
      owner,
      type: rule.type,
      property: rule.property,
      kind: rule.kind,
      location: rule.location,
      node,
    });
  };
  for (const { logicalId, type, properties } of template.resources) {
    for (const rule of PACKAGE_PROPERTIES.filter((rule) => rule.type === type)) {
      add(logicalId, rule, valueAt(properties, rule.property.split('.')));
    }
  }
  for (const rule of GLOBALS) {
    add(`Globals.${rule.type}`, rule, valueAt(template.root, ['Globals', rule.type, rule.property]));
  }
  const top = template.root.entries.get('Transform');
  const calls = new Set([...(top?.kind === 'list' ? top.items : [top]), ...macroCalls(template.root)]);
  for (const call of calls) {
    if (valueAt(call, ['Name'])?.kind !== 'text' || textOf(valueAt(call, ['Name'])) !== 'AWS::Include') continue;
    const rule: PackageProperty = { type: 'AWS::Include', property: 'Location', kind: 'file', location: URI };
    add('AWS::Include', rule, valueAt(call, ['Parameters', 'Location']));
  }
  return references.sort((a, b) => a.node.range.start - b.node.range.start);
}

/** A string that is neither an intrinsic function nor already a place in S3 or on the web. */
function isLocalPath(node: TemplateNode): node is TextNode {
  if (node.kind !== 'text' || isNull(node)) return false;
  // A tag of YAML itself, for example !!str, still leaves a path; the one of an intrinsic function does not.
  if (node.tag !== undefined && !isYamlTag(node.tag)) return false;
  return !/^(s3|https?):\/\//i.test(node.value.trim());
}

/** Whether the tag is one of YAML's own rather than an intrinsic function's. */
export function isYamlTag(tag: string): boolean {
  return tag === '!' || tag.startsWith('tag:yaml.org,');
}

function textOf(node: TemplateNode | undefined): string | undefined {
  return node?.kind === 'text' ? node.value : undefined;
}
