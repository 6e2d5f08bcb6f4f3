import type { Answer, ApiCall, Handler } from './api-call.ts';
import { conflict, invalid } from './error.ts';
import { page } from './pages.ts';
import {
  arnOf,
  type Estate,
  NAME,
  namespaceOf,
  newId,
  readTags,
  type ServerlessStore,
  type Workgroup,
  workgroupOf,
} from './serverless-model.ts';

const DEFAULT_CAPACITY = 128;
const DEFAULT_PORT = 5439;
/** How often a workgroup is shown in a status that passes. On AWS that takes minutes. */
const LOOKS = 2;

/** Source: API reference, CreateWorkgroup, "configParameters". */
const CONFIG_PARAMETERS = new Set(
  `auto_mv datestyle enable_case_sensitive_identifier enable_user_activity_logging query_group search_path require_ssl
  use_fips_ssl wlm_json_configuration max_query_cpu_time max_query_blocks_read max_scan_row_count max_query_execution_time
  max_query_queue_time max_query_cpu_usage_percent max_query_temp_blocks_to_disk max_join_row_count
  max_nested_loop_join_row_count`.split(/\s+/),
);

/** @param onDelete gets the names of an account and Region when a workgroup goes */
export function workgroupOperations(
  store: ServerlessStore,
  onDelete: (call: ApiCall, workgroup: string) => Promise<void>,
): Readonly<Record<string, Handler>> {
  return {
    CreateWorkgroup: (call, needs) => {
      const { members } = call;
      const estate = store.estate(call);
      const name = members.required('workgroupName', NAME);
      const namespace = namespaceOf(estate, members.required('namespaceName')).name;
      const shown = { ...defaults(call, name), ...readShown(call, name) };
      if (estate.workgroups.has(name)) throw conflict(`The workgroup ${name} exists already.`);
      if ([...estate.workgroups.values()].some((other) => other.namespace === namespace)) {
        throw conflict(`The namespace ${namespace} has a workgroup already.`);
      }
      const tags = readTags(call);
      if (tags.size > 0) needs('redshift-serverless:TagResource');
      const id = newId();
      const workgroup: Workgroup = {
        name,
        id,
        arn: arnOf(call, 'redshift-serverless', `workgroup/${id}`),
        namespace,
        created: Date.now(),
        status: 'CREATING',
        looks: LOOKS,
        shown,
        tags,
      };
      estate.workgroups.set(name, workgroup);
      return { workgroup: show(workgroup) };
    },
    GetWorkgroup: (call) => {
      const estate = store.estate(call);
      return { workgroup: look(estate, workgroupOf(estate, call.members.required('workgroupName'))) };
    },
    ListWorkgroups: (call) => {
      const { members } = call;
      const estate = store.estate(call);
      const size = members.integer('maxResults', 1, 100) ?? 100;
      const all = [...estate.workgroups.values()];
      const { entries, nextToken } = page(all, ({ name }) => name, { size, token: members.text('nextToken') });
      return { workgroups: entries.map((entry) => look(estate, entry)), ...(nextToken !== undefined && { nextToken }) };
    },
    UpdateWorkgroup: (call) => {
      const { members } = call;
      const found = workgroupOf(store.estate(call), members.required('workgroupName'));
      requireAvailable(found);
      // Source: API reference, UpdateWorkgroup.
      if (members.has('baseCapacity') && members.has('port')) {
        throw invalid("The members 'baseCapacity' and 'port' cannot be changed in one call.");
      }
      const changed = readShown(call, found.name);
      const endpoint = changed.port === undefined ? {} : { endpoint: endpointOf(call, found.name, changed.port) };
      found.shown = { ...found.shown, ...changed, ...endpoint };
      found.status = 'MODIFYING';
      found.looks = LOOKS;
      return { workgroup: show(found) };
    },
    DeleteWorkgroup: async (call) => {
      const found = workgroupOf(store.estate(call), call.members.required('workgroupName'));
      requireAvailable(found);
      found.status = 'DELETING';
      found.looks = LOOKS;
      await onDelete(call, found.name);
      return { workgroup: show(found) };
    },
  };
}

function requireAvailable({ name, status }: Workgroup): void {
  if (status !== 'AVAILABLE') throw conflict(`The workgroup ${name} is ${status}. Wait until it is AVAILABLE.`);
}

/** Shows a workgroup; each look brings it nearer to the end of what is being done with it. */
function look({ workgroups }: Estate, workgroup: Workgroup): Answer {
  const shown = show(workgroup);
  if (workgroup.status === 'AVAILABLE') return shown;
  workgroup.looks -= 1;
  if (workgroup.looks > 0) return shown;
  if (workgroup.status === 'DELETING') workgroups.delete(workgroup.name);
  else workgroup.status = 'AVAILABLE';
  return shown;
}

function defaults(call: ApiCall, name: string): Readonly<Record<string, unknown>> {
  const port = call.members.integer('port', 1, 65_535) ?? DEFAULT_PORT;
  return {
    baseCapacity: DEFAULT_CAPACITY,
    enhancedVpcRouting: false,
    publiclyAccessible: false,
    configParameters: [],
    subnetIds: [],
    securityGroupIds: [],
    port,
    endpoint: endpointOf(call, name, port),
    ipAddressType: 'ipv4',
    trackName: 'current',
  };
}

function endpointOf({ account, region }: ApiCall, name: string, port: unknown) {
  return { address: `${name}.${account}.${region}.redshift-serverless.amazonaws.com`, port };
}

function readShown({ members, operation }: ApiCall, name: string): Record<string, unknown> {
  members.refuse(operation, 'pricePerformanceTarget');
  const shown: Record<string, unknown> = {};
  const put = (member: string, value: unknown) => {
    if (value !== undefined) shown[member] = value;
  };
  for (const member of ['baseCapacity', 'maxCapacity']) {
    const capacity = members.integer(member, 0, Number.MAX_SAFE_INTEGER);
    if (capacity !== undefined && !isCapacity(capacity)) {
      throw invalid(
        `${capacity} RPUs for ${name}: '${member}' is 4, 8 to 512 in steps of 8, or up to 1024 in steps of 32.`,
      );
    }
    put(member, capacity);
  }
  const port = members.integer('port', 1, 65_535);
  // Source: API reference, CreateWorkgroup, "port".
  if (port !== undefined && !(port >= 5431 && port <= 5455) && !(port >= 8191 && port <= 8215)) {
    throw invalid("The value of 'port' must be 5431 to 5455 or 8191 to 8215.");
  }
  put('port', port);
  for (const member of ['enhancedVpcRouting', 'publiclyAccessible', 'extraComputeForAutomaticOptimization']) {
    put(member, members.flag(member));
  }
  put('securityGroupIds', members.texts('securityGroupIds'));
  put('subnetIds', members.texts('subnetIds'));
  put('ipAddressType', members.choice('ipAddressType', ['ipv4', 'dualstack']));
  put('trackName', members.text('trackName'));
  const parameters = members.pairs('configParameters', 'parameterKey', 'parameterValue');
  const unknown = parameters?.find(([key]) => !CONFIG_PARAMETERS.has(key));
  if (unknown) throw invalid(`There is no configuration parameter '${unknown[0]}'.`);
  put(
    'configParameters',
    parameters?.map(([parameterKey, parameterValue]) => ({ parameterKey, parameterValue })),
  );
  return shown;
}

/** Source: Redshift management guide, "Compute capacity for Amazon Redshift Serverless". */
function isCapacity(rpu: number): boolean {
  if (rpu === 4) return true;
  return rpu >= 8 && rpu <= 1024 && rpu % (rpu <= 512 ? 8 : 32) === 0;
}

function show({ name, id, arn, namespace, created, status, shown }: Workgroup): Answer & object {
  return {
    workgroupName: name,
    workgroupId: id,
    workgroupArn: arn,
    namespaceName: namespace,
    creationDate: new Date(created).toISOString(),
    status,
    ...shown,
  };
}
