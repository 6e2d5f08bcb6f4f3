import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Call } from '../../../../local-aws/calls.ts';
import { ACCOUNT, makeWorkgroup, REGION } from '../../../local-aws/redshift-client.ts';
import { jumpingClock } from '../../../support/test-clock.ts';
import { NAMESPACE, ON_REDSHIFT, openWorkplace, WORKGROUP, type Workplace } from '../workplace.ts';

// What happens to `prepare` on its way: answers that are lost, others who use the same names, and a resize that does
// not end. What it calls is in test/e2e/warehouse-benchmark-permissions.test.ts.

let place: Workplace;
/** Answers a call of `prepare` in place of the local AWS, or lets it pass. */
let meet: (call: Readonly<Call>) => object | undefined | Promise<object | undefined>;

beforeAll(async () => {
  const intercept = async (call: Readonly<Call>, request: IncomingMessage, response: ServerResponse) => {
    const body = call.userAgent.includes('warehouse-benchmark.prepare') ? await meet(call) : undefined;
    if (body === undefined) return false;
    request.resume();
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    return true;
  };
  place = await openWorkplace({ interceptors: [intercept] });
}, 300_000);
afterAll(() => place?.stop());
beforeEach(async () => {
  meet = () => undefined;
  await place.aws.reset();
});

const ASKED = { ...ON_REDSHIFT, namespace: NAMESPACE, rpus: '16' };
const operations = (since = 0) =>
  place
    .calls(since)
    .filter(({ userAgent }) => userAgent.includes('warehouse-benchmark.prepare'))
    .map(({ operation }) => operation);

test('a workgroup is made once although the answer to that is lost', async () => {
  await place.clients.serverless.createNamespace({ namespaceName: NAMESPACE });
  place.aws.setFaults({ rules: [{ fault: 'reset-after', operation: 'CreateWorkgroup', times: 1 }] });
  expect(await place.prepare(ASKED)).toMatchObject({ exitCode: 0, outputs: { status: 'prepared', rpus: '16' } });
  place.aws.clearFaults();
  expect(operations().filter((operation) => operation === 'CreateWorkgroup')).toHaveLength(2);
  expect((await place.clients.serverless.listWorkgroups({})).workgroups).toHaveLength(1);
});

test('a workgroup of that name that somebody else makes meanwhile in another namespace is not touched', async () => {
  const { serverless } = place.clients;
  await serverless.createNamespace({ namespaceName: NAMESPACE });
  await serverless.createNamespace({ namespaceName: 'others' });
  meet = async ({ operation }) => {
    if (operation !== 'CreateWorkgroup') return undefined;
    meet = () => undefined;
    await serverless.createWorkgroup({ workgroupName: WORKGROUP, namespaceName: 'others', baseCapacity: 8 });
    return undefined;
  };
  const ran = await place.prepare(ASKED);
  expect(ran.exitCode).toBe(1);
  expect(ran.message).toContain("in the namespace 'others', not 'bench'; it is not touched");
  expect((await serverless.getWorkgroup({ workgroupName: WORKGROUP })).workgroup).toMatchObject({ baseCapacity: 8 });
});

test('a resize that does not end is a failure, and no statement runs', async () => {
  await makeWorkgroup(place.clients);
  let isResized = false;
  meet = ({ operation }) => {
    isResized ||= operation === 'UpdateWorkgroup';
    const workgroup = {
      workgroupName: WORKGROUP,
      workgroupArn: `arn:aws:redshift-serverless:${REGION}:${ACCOUNT}:workgroup/1`,
      namespaceName: NAMESPACE,
      baseCapacity: 16,
      status: 'MODIFYING',
    };
    return isResized && operation === 'GetWorkgroup' ? { workgroup } : undefined;
  };
  const ran = await place.prepare({ ...ON_REDSHIFT, rpus: '16', timeout: '5m' }, { clock: jumpingClock() });
  expect(ran.exitCode).toBe(1);
  expect(ran.message).toContain("The workgroup 'bench' is not available after 300 s; its status is MODIFYING");
  expect(operations().filter((operation) => operation.includes('Statement'))).toEqual([]);
});

test('a workgroup that is being deleted is refused in the plan', async () => {
  await makeWorkgroup(place.clients);
  await place.clients.serverless.deleteWorkgroup({ workgroupName: WORKGROUP });
  const ran = await place.prepare({ ...ON_REDSHIFT, rpus: '16' });
  expect(ran.exitCode).toBe(1);
  expect(ran.message).toContain("The workgroup 'bench' is being deleted");
  expect(operations()).toEqual(['GetWorkgroup']);
});

test('a workgroup that somebody else resizes is waited for', async () => {
  await makeWorkgroup(place.clients);
  await place.clients.serverless.updateWorkgroup({ workgroupName: WORKGROUP, baseCapacity: 32 });
  const ran = await place.prepare({ ...ON_REDSHIFT, rpus: '32' });
  expect(ran).toMatchObject({ exitCode: 0, outputs: { rpus: '32', 'rpus-before': '32' } });
  expect(operations()).not.toContain('UpdateWorkgroup');
});

test('a database user that sees no data shares but may use the database needs none', async () => {
  await makeWorkgroup(place.clients);
  expect(await place.prepare({ ...ON_REDSHIFT, schema: 'first' })).toMatchObject({ exitCode: 0 });
  const before = place.lastCall();
  const ran = await place.prepare({ ...ON_REDSHIFT, schema: 'second', 'share-name': 'not_seen' });
  expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'prepared', schema: 'second' } });
  expect(operations(before)).not.toEqual([]);
});
