import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findSpark } from '../../engines/spark/find.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { zipOf } from '../support/packages/zip.ts';
import { requires } from '../support/requires.ts';
import { ACCOUNT, BUCKET, type Clients, glueOf, printed, REGION, ROLE, run } from './glue-client.ts';
import { createStack, clients as otherClients, settled, template } from './support.ts';

// A job of a stack on the Spark of its Glue version, and what the resource type keeps of it.

const java = requires('java', 'Spark runs on it');
let aws: LocalAws;
let here: Clients;

beforeAll(async () => {
  aws = await startLocalAws();
  here = glueOf(aws);
  await here.s3.createBucket({ Bucket: BUCKET });
}, 300_000);
afterAll(async () => {
  for (const client of [here?.glue, here?.s3]) client?.destroy();
  await aws?.stop();
});

const SCRIPT = `
import sys
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from shapes import YEARS, label

arguments = getResolvedOptions(sys.argv, ["JOB_NAME", "TARGET"])
context = SparkContext.getOrCreate()
glue = GlueContext(context)
spark = glue.spark_session
job = Job(glue)
job.init(arguments["JOB_NAME"], arguments)
rows = spark.range(100).selectExpr("id", "cast(2020 + id % {} as string) as year".format(YEARS))
frame = DynamicFrame.fromDF(rows, glue, "rows")
glue.write_dynamic_frame.from_options(
    frame, "s3", {"path": arguments["TARGET"], "partitionKeys": ["year"]}, format="parquet"
)
back = glue.create_dynamic_frame.from_options("s3", {"paths": [arguments["TARGET"]], "recurse": True}, format="parquet")
print(label(arguments["JOB_NAME"]), back.count(), context.master, context.version, spark.conf.get("spark.sql.session.timeZone"))
job.commit()
`;

const JOB = {
  Name: 'partition',
  Role: ROLE,
  Command: { Name: 'glueetl', ScriptLocation: `s3://${BUCKET}/partition.py`, PythonVersion: '3' },
  GlueVersion: '5.1',
  WorkerType: 'G.1X',
  DefaultArguments: {
    '--TARGET': `s3://${BUCKET}/out/`,
    '--extra-py-files': `s3://${BUCKET}/shapes.py,s3://${BUCKET}/words.zip`,
    '--enable-auto-scaling': 'true',
  },
  ExecutionProperty: { MaxConcurrentRuns: 2 },
  MaxRetries: 0,
  Timeout: 15,
};

java.test(
  'a job of a stack runs on Spark, and writes Parquet to S3 by the stand-in of awsglue',
  async () => {
    const found = await findSpark('5.1');
    if (!found.found) throw new Error(found.missing);
    const objects = {
      'partition.py': SCRIPT,
      'shapes.py': 'from words import WORD\nYEARS = 3\n\n\ndef label(name):\n    return WORD + " " + name\n',
      'words.zip': zipOf([{ path: 'words.py', content: 'WORD = "ran"\n' }]),
    };
    for (const [Key, Body] of Object.entries(objects)) await here.s3.putObject({ Bucket: BUCKET, Key, Body });
    // Values of parameters are texts.
    const properties = { ...JOB, NumberOfWorkers: { Ref: 'Workers' } };
    const body = template(
      { Job: { Type: 'AWS::Glue::Job', Properties: properties } },
      { Parameters: { Workers: { Type: 'Number', Default: 2 } } },
    );
    const { status } = await createStack(otherClients(aws.endpoint, ACCOUNT, REGION), 'partition', body);
    expect(status).toBe('CREATE_COMPLETE');

    const ran = await run(here, 'partition');
    expect([ran.JobRunState, ran.ErrorMessage]).toEqual(['SUCCEEDED', undefined]);
    expect(ran).toMatchObject({ WorkerType: 'G.1X', NumberOfWorkers: 2, MaxCapacity: 2 });
    expect(ran.DPUSeconds).toBe(ran.ExecutionTime! * 2);
    expect((await printed(here, ran)).at(-1)).toBe('ran partition 100 local[4] 3.5.6 UTC');
    const { Contents } = await here.s3.listObjectsV2({ Bucket: BUCKET, Prefix: 'out/' });
    const files = Contents!.map(({ Key }) => Key!).filter((key) => key.endsWith('.parquet'));
    expect(new Set(files.map((key) => key.split('/')[1]))).toEqual(new Set(['year=2020', 'year=2021', 'year=2022']));
    const { Body } = await here.s3.getObject({ Bucket: BUCKET, Key: files[0]! });
    expect((await Body!.transformToString('latin1')).slice(0, 4)).toBe('PAR1');
  },
  300_000,
);

test('a job of a stack keeps every property, an update replaces it, and what is left out has its default again', async () => {
  const others = otherClients(aws.endpoint, ACCOUNT, REGION);
  const jobs = (properties: object) => template({ Job: { Type: 'AWS::Glue::Job', Properties: properties } });
  const minimal = { Name: 'kept', Role: ROLE, Command: JOB.Command };
  const full = {
    ...minimal,
    Description: 'sales by day',
    ExecutionClass: 'FLEX',
    ExecutionProperty: { MaxConcurrentRuns: 3 },
    GlueVersion: '5.0',
    JobMode: 'VISUAL',
    JobRunQueuingEnabled: true,
    LogUri: 's3://logs/',
    MaintenanceWindow: 'Sun:10',
    MaxRetries: 2,
    NonOverridableArguments: { '--a': 'fixed' },
    NotificationProperty: { NotifyDelayAfter: 5 },
    NumberOfWorkers: 5,
    SecurityConfiguration: 'encrypted',
    Timeout: 10,
    WorkerType: 'G.2X',
  };
  const kept = async () => (await here.glue.getJob({ JobName: 'kept' })).Job!;
  const { id, status } = await createStack(others, 'kept', jobs({ ...full, Tags: { team: 'data' } }));
  expect(status).toBe('CREATE_COMPLETE');
  expect(await kept()).toMatchObject(full);
  const ResourceArn = `arn:aws:glue:${REGION}:${ACCOUNT}:job/kept`;
  expect((await here.glue.getTags({ ResourceArn })).Tags).toMatchObject({ team: 'data' });

  await others.cloudformation.updateStack({ StackName: id, TemplateBody: jobs({ ...minimal, Timeout: 20 }) });
  expect(await settled(others, id)).toBe('UPDATE_COMPLETE');
  const { CreatedOn, LastModifiedOn, ...after } = await kept();
  expect(LastModifiedOn!.getTime()).toBeGreaterThan(CreatedOn!.getTime());
  expect(after).toMatchObject({ ...minimal, Timeout: 20, MaxRetries: 0, NumberOfWorkers: 2, WorkerType: 'G.1X' });
  for (const name of ['Description', 'ExecutionClass', 'ExecutionProperty', 'JobMode', 'SecurityConfiguration']) {
    expect(after).not.toHaveProperty(name);
  }
}, 60_000);

test('a property that the resource type does not have fails the resource', async () => {
  const others = otherClients(aws.endpoint, ACCOUNT, REGION);
  const properties = { Role: ROLE, Comand: JOB.Command };
  const body = template({ Job: { Type: 'AWS::Glue::Job', Properties: properties } });
  const { id, status } = await createStack(others, 'wrong', body);
  expect(status).toBe('ROLLBACK_COMPLETE');
  const { StackEvents } = await others.cloudformation.describeStackEvents({ StackName: id });
  const reasons = StackEvents!.map(({ ResourceStatusReason }) => ResourceStatusReason);
  expect(reasons).toContainEqual(
    'Properties validation failed for resource Job with message:\n' +
      '#: required key [Command] not found\n#: extraneous key [Comand] is not permitted',
  );
}, 60_000);
