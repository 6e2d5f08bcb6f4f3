import type { Aws } from '../../../lib/aws/clients.ts';
import { knownSourceRepository } from '../../../lib/branches/source-repository.ts';
import { BadInput, badInput, type InputProblem, OperationFailed, Refused } from '../../../lib/errors.ts';
import type { Plan, PlannedAction } from '../../../lib/operation/define.ts';
import type { Session } from '../engine/engine.ts';
import { connectRedshift } from '../engine/redshift/connect.ts';
import type { PrepareContext } from '../prepare.ts';
import { noteCapacity } from '../warehouse/capacity-note.ts';
import { checkTables } from '../warehouse/check-tables.ts';
import { sharedSchema, type Warehouse } from '../warehouse/choose.ts';
import { ensureData } from '../warehouse/data-share.ts';
import { existingWorkgroup } from '../warehouse/existing-workgroup.ts';
import { workgroupTags } from '../warehouse/ownership.ts';
import { rpusOf } from '../warehouse/rpus.ts';
import { explainWorkgroupError, isUnknown } from '../warehouse/service-error.ts';
import { beingDeleted } from '../warehouse/wait.ts';
import {
  checkResizable,
  createWorkgroup,
  describeWorkgroup,
  resizeWorkgroup,
  type WorkgroupFacts,
} from '../warehouse/workgroup.ts';
import type { Prepared, RedshiftDetails } from './details.ts';

type RedshiftWarehouse = Extract<Warehouse, { engine: 'redshift' }>;

/** Why a plan does not look at the data. Source: Redshift management guide, "Billing for Amazon Redshift Serverless". */
const NO_STATEMENT =
  'Only the workgroup was looked at: each statement in a workgroup that was idle costs a minute of its RPUs at least. Whether database, schema and rows are there shows when the plan is carried out.';

/** Reads only Redshift Serverless's own API, which costs nothing. */
export async function plan(context: PrepareContext, warehouse: RedshiftWarehouse): Promise<Plan<RedshiftDetails>> {
  const { inputs, aws, signal } = context;
  const { scaleFactor, workgroup, database, schema } = warehouse;
  const found = await describeWorkgroup(aws, workgroup, signal);
  const { namespace, rpus } = found === undefined ? await newWorkgroup(context, workgroup) : checked(context, found);
  const details: RedshiftDetails = {
    engine: 'redshift',
    scaleFactor,
    workgroup,
    namespace,
    database,
    schema,
    shareDatabase: inputs['share-database'],
    shareName: inputs['share-name'] ?? null,
    rpusBefore: found?.rpus ?? null,
    rpus,
    subnetIds: found === undefined ? [...inputs['subnet-ids']] : [],
    securityGroupIds: found === undefined ? [...inputs['security-group-ids']] : [],
  };
  return {
    summary: `Have the workgroup ${workgroup} at ${rpus} RPUs, with the data of scale factor ${scaleFactor} in ${database}.${schema}.`,
    actions: actionsOf(details),
    notes: [
      NO_STATEMENT,
      ...(found?.isPublic === true
        ? [`The workgroup ${workgroup} is publicly accessible. The benchmark does not need that.`]
        : []),
    ],
    details,
  };
}

function actionsOf(details: RedshiftDetails): readonly PlannedAction[] {
  const { workgroup, namespace, rpusBefore, rpus, database, schema, shareDatabase, scaleFactor } = details;
  const capacity: readonly PlannedAction[] =
    rpusBefore === null
      ? [{ verb: 'create', what: 'workgroup', name: workgroup, detail: `${rpus} RPUs in the namespace ${namespace}` }]
      : rpusBefore === rpus
        ? []
        : [{ verb: 'update', what: 'workgroup', name: workgroup, detail: `from ${rpusBefore} to ${rpus} RPUs` }];
  return [
    ...capacity,
    { verb: 'create', what: 'database', name: shareDatabase, detail: 'from the data share, if missing' },
    {
      verb: 'create',
      what: 'external schema',
      name: `${database}.${schema}`,
      detail: `from ${shareDatabase}.${sharedSchema(scaleFactor)}, if missing`,
    },
  ];
}

/** The workgroup at its capacity, then the data. */
export async function apply(context: PrepareContext, details: RedshiftDetails): Promise<Prepared> {
  const { inputs, log, signal, host, version } = context;
  const { workgroup: name, namespace, rpus, rpusBefore, database, schema, shareDatabase, shareName } = details;
  const timeout = inputs.timeout * 1000;
  const done: string[] = [];
  if (rpusBefore === null) {
    const repository = knownSourceRepository(undefined, await host.surroundings());
    const { subnetIds, securityGroupIds } = details;
    const tags = workgroupTags({ repository, version });
    const made = await createWorkgroup(context, { name, namespace, rpus, subnetIds, securityGroupIds, tags }, timeout);
    if (made.namespace !== namespace) throw madeElsewhere(made, namespace);
    done.push(`The workgroup ${name} was made with ${rpus} RPUs.`);
  }
  // Noted before anything changes, so that the run which follows gives it back even when this one is killed.
  if (inputs['when-done'] === 'restore' && rpusBefore !== null && rpusBefore !== rpus) {
    await noteCapacity(context, await existingWorkgroup(context, name));
  }
  const { before } = await resizeWorkgroup(context, name, rpus, timeout);
  if (before !== rpus) done.push(`The workgroup ${name} was resized from ${before} to ${rpus} RPUs.`);

  const made = await inSession(context, details, (session) =>
    ensureData(session, {
      scaleFactor: details.scaleFactor,
      database,
      schema,
      shareDatabase,
      shareName: shareName ?? undefined,
      log,
      signal,
    }),
  );
  if (made.database === 'created') done.push(`The database ${shareDatabase} was made from the data share.`);
  if (made.schema === 'created') done.push(`The external schema ${database}.${schema} was made.`);
  return { done };
}

/** @throws OperationFailed when the capacity or the rows are not what they should be */
export async function check(context: PrepareContext, details: RedshiftDetails): Promise<void> {
  const { aws, signal } = context;
  const { workgroup, rpus, schema, scaleFactor } = details;
  const found = await describeWorkgroup(aws, workgroup, signal);
  if (found?.status !== 'AVAILABLE' || found.rpus !== rpus) {
    const now = found === undefined ? 'it is gone' : `it is ${found.status} with ${found.rpus} RPUs`;
    throw new OperationFailed({
      what: `The workgroup '${workgroup}' was prepared at ${rpus} RPUs, but ${now}`,
      cause: 'somebody else changed it at the same time',
      next: 'Let one job at a time use the workgroup, and run again',
    });
  }
  await inSession(context, details, (session) => checkTables(session, { scaleFactor, schema, signal }));
}

async function inSession<Result>(
  context: PrepareContext,
  { workgroup, database, schema, rpus }: RedshiftDetails,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const { aws, clock, log, signal, randomHex, inputs } = context;
  const run = `prepare-${randomHex(4)}`;
  const engine = await connectRedshift({
    aws,
    clock,
    log,
    signal,
    workgroup,
    database,
    schema,
    secretArn: inputs['secret-arn'],
    rpus,
    run,
  });
  try {
    return await work(await engine.openSession('prepare'));
  } finally {
    await engine.close();
  }
}

/** What a workgroup is made of. @throws BadInput when something is missing; OperationFailed without the namespace */
async function newWorkgroup(
  { inputs, aws, signal }: PrepareContext,
  workgroup: string,
): Promise<{ readonly namespace: string; readonly rpus: number }> {
  const { namespace, rpus } = inputs;
  if (namespace === undefined || rpus === undefined) {
    const missing = [...(namespace === undefined ? ['namespace'] : []), ...(rpus === undefined ? ['rpus'] : [])];
    throw new BadInput(
      missing.map((input): InputProblem => {
        const message = `input '${input}': is required, because there is no workgroup '${workgroup}' in ${aws.region} yet`;
        return { input, message };
      }),
    );
  }
  await checkNamespace(aws, namespace, signal);
  return { namespace, rpus: rpusOf(rpus) };
}

async function checkNamespace(aws: Aws, name: string, signal: AbortSignal): Promise<void> {
  const serverless = await aws.redshiftServerless();
  try {
    await serverless.getNamespace({ namespaceName: name }, { abortSignal: signal });
  } catch (error) {
    if (!isUnknown(error)) throw explainWorkgroupError(error, `The namespace '${name}' could not be read`);
    throw new OperationFailed({
      what: `There is no namespace '${name}' in ${aws.region}`,
      cause: 'it is in another Region or account, or it was not made yet',
      next: "Deploy the stack 'stacks/warehouse-benchmark', which makes one, or check 'namespace' and 'region'",
    });
  }
}

/** @throws BadInput, Refused and OperationFailed when the workgroup that is there cannot be what was asked for */
function checked(
  { inputs, log }: PrepareContext,
  found: WorkgroupFacts,
): { readonly namespace: string; readonly rpus: number } {
  const { name, namespace, status } = found;
  if (status === 'DELETING') throw beingDeleted(name);
  if (inputs.namespace !== undefined && inputs.namespace !== namespace) {
    throw badInput(
      'namespace',
      `'${inputs.namespace}' is not that of the workgroup '${name}', which is '${namespace}'`,
    );
  }
  const rpus = inputs.rpus === undefined ? found.rpus : rpusOf(inputs.rpus);
  if (rpus !== found.rpus || found.scalesByItself) checkResizable(found, rpus);
  if (status !== 'AVAILABLE') log.info(`The workgroup ${name} is ${status}. That is waited for.`);
  return { namespace, rpus };
}

function madeElsewhere({ name, namespace: actual }: WorkgroupFacts, wanted: string): Refused {
  return new Refused({
    what: `The workgroup '${name}' was made by somebody else in the meantime, in the namespace '${actual}', not '${wanted}'; it is not touched`,
    next: "Choose another 'workgroup', or give 'namespace' as it is",
  });
}
