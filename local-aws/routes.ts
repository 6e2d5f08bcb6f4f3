import { REDSHIFT_SERVICES } from './redshift/services.ts';

/** The programs that answer behind the gateway. */
export type Backend = 'ministack' | 'moto';

/**
 * Signing names that ministack 1.5.33 answers. It is asked for nothing else: a service that it does not know can
 * fall through to S3 there and seem to succeed.
 */
const MINISTACK = new Set(
  `account acm airflow aoss apigateway appconfig appconfigdata appsync athena autoscaling backup batch bedrock
  bedrock-agent bedrock-agent-runtime bedrock-agentcore budgets cloudformation cloudfront
  cloudfront-keyvaluestore cloudtrail codebuild cognito-identity cognito-idp config cur dsql dynamodb ec2 ecr ecs
  eks elasticache elasticfilesystem elasticloadbalancing elasticmapreduce es events execute-api firehose geo
  glue iam inspector2 iot iot-jobs-data iotdata iotdevicegateway iotwireless kafka kinesis kinesisanalytics kms lambda
  logs mediaconnect monitoring mq organizations pipes rds rds-data resource-groups route53 s3 s3express s3files s3tables
  scheduler secretsmanager servicediscovery ses signer sns sqs ssm states sts tagging transcribe transfer translate waf
  waf-regional wafv2`.split(/\s+/),
);

/** Signing names that only moto 5.2.5 answers, and that a scenario uses or a user is likely to try. */
const MOTO = new Set(
  `acm-pca codecommit codedeploy codepipeline databrew directconnect ds emr-serverless fsx guardduty
  identitystore lakeformation macie2 network-firewall osis quicksight ram redshift sagemaker securityhub
  servicecatalog servicequotas shield sso support synthetics timestream xray`.split(/\s+/),
);

/** Signing names that the gateway answers itself. */
const OWN = new Set(['codeartifact', ...REDSHIFT_SERVICES]);

/** Which program answers a service, by its signing name; undefined when none does. */
export function routeOf(service: string): Backend | undefined {
  if (MINISTACK.has(service)) return 'ministack';
  if (MOTO.has(service)) return 'moto';
  return undefined;
}

/** All signing names with an answer, sorted. */
export function servedServices(): string[] {
  return [...MINISTACK, ...MOTO, ...OWN].sort();
}
