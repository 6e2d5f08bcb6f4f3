import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { operations } from '../../actions/operations.ts';
import {
  ACCOUNT,
  both,
  bucketIn,
  DATE_COLUMN,
  definitionText,
  type Fate,
  HOME,
  isWrite,
  NAME,
  openWorkplace,
  type Workplace,
} from '../actions/glue-transform/publish/workplace.ts';
import { jumpingClock } from '../support/test-clock.ts';
import { expectDeclaredEqualsRecorded } from './declared-permissions.ts';

// What the operations call is what their policies allow, no more and no less. That the stack's role may do the same is in
// test/stacks/templates.test.ts.

let place: Workplace;

beforeAll(async () => {
  place = await openWorkplace();
}, 300_000);
afterAll(() => place?.stop());

const good = async (ran: ReturnType<Workplace['publish']>) =>
  expect(await ran).toMatchObject({ message: '', exitCode: 0 });

/** Somebody uploads a file by hand, while a run brings a version back by an upload of one part. */
async function changedInOnePart(): Promise<void> {
  place.write(both('three'));
  let isHeld = false;
  place.decide = (call) => {
    // This one ends in the middle: its condition may still be met, so who comes next sends one part.
    isHeld ||= call.operation === 'PutObject' && call.resource?.endsWith(`/transforms/${NAME}.py`) === true;
    return isHeld && isWrite(call) ? 'reset' : 'pass';
  };
  expect(await place.publish()).toMatchObject({ exitCode: 1 });
  place.decide = async ({ operation }): Promise<Fate> => {
    if (operation !== 'CompleteMultipartUpload') return 'pass';
    place.decide = () => 'pass';
    const Key = `transforms/${NAME}.py`;
    await place.s3().putObject({ Bucket: bucketIn(HOME), Key, Body: 'by hand' });
    return 'pass';
  };
  place.write(both('gone'));
  await good(place.publish());
}

test('publish and retire', async () => {
  const roles = { roles: `arn:aws:iam::${ACCOUNT}:role/deploy` };
  place.write(both('one'));
  await good(place.publish(roles));
  const library = `s3://${bucketIn(HOME)}/transforms/${NAME}.py`;
  await place.glue().createJob({
    Name: 'sales',
    Role: 'arn:aws:iam::111122223333:role/glue',
    Command: { Name: 'glueetl' },
    DefaultArguments: { '--extra-py-files': library },
    CodeGenConfigurationNodes: {
      node: {
        DynamicTransform: {
          Name: 'a',
          TransformName: NAME,
          Inputs: ['b'],
          FunctionName: NAME,
          Path: library,
          Parameters: [{ Name: 'dateCol', Type: 'str', Value: ['sale_date'] }],
        },
      },
    },
  });
  const folder = path.join(place.root, 'transforms', `${NAME}.json`);
  writeFileSync(
    folder,
    definitionText('two', NAME, [{ ...DATE_COLUMN, validationRule: '^\\w+$', validationMessage: 'Letters' }]),
  );
  const later = jumpingClock(new Date(Date.now() + 2 * 3_600_000).toISOString());
  await good(place.publish({ ...roles, 'save-jobs': 'true' }));
  place.write(both('gone'));
  await good(place.publish(roles));
  await changedInOnePart();
  place.write(both('last'));
  await good(place.publish({ ...roles, 'keep-versions': '1' }, { clock: later }));
  place.decide = () => 'pass';
  await good(place.retire({ ...roles, force: 'true' }));
  for (const name of Object.keys(operations).filter((each) => each.startsWith('glue-transform '))) {
    // It has a life of its own, in test/actions/glue-transform/run-job/run-job.test.ts.
    if (name === 'glue-transform run-job') continue;
    // What reads files only declares nothing.
    const declared = (await operations[name]?.())?.default.permissions ?? [];
    if (declared.length > 0) await expectDeclaredEqualsRecorded(name, [...place.calls()]);
  }
});
