import { expect, test } from '@jest/globals';
import { wasOvertaken } from '../../../../lib/aws/cloudformation/overtaken.ts';

const STACK = 'arn:aws:cloudformation:eu-central-1:111122223333:stack/shop/6a1b';

function refusal(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

// What the service really says.
test.each([
  ['ValidationError', `Stack:${STACK} is in UPDATE_IN_PROGRESS state and can not be updated.`],
  ['ValidationError', `Stack:${STACK} is in ROLLBACK_COMPLETE state and can not be updated.`],
  ['ValidationError', 'Stack [shop] cannot be deleted while in status UPDATE_IN_PROGRESS'],
  ['ValidationError', 'Stack [shop] does not exist'],
  ['ValidationError', `Stack with id ${STACK} does not exist`],
  ['AlreadyExistsException', 'Stack [shop] already exists and cannot be created again with the changeSet [mine].'],
  ['ChangeSetNotFoundException', 'ChangeSet [mine] does not exist'],
  ['InvalidChangeSetStatusException', 'ChangeSet [mine] is in EXECUTE_COMPLETE status'],
])('%s: %s', (name, message) => expect(wasOvertaken(refusal(name, message))).toBe(true));

test.each([
  ['ValidationError', 'Stack [shop] cannot be deleted while TerminationProtection is enabled'],
  ['ValidationError', 'Template error: instance of Fn::GetAtt references undefined resource Topic'],
  ['AlreadyExistsException', 'ChangeSet [mine] already exists'],
  ['AccessDenied', `Stack:${STACK} is in UPDATE_IN_PROGRESS state and can not be updated.`],
])('not %s: %s', (name, message) => expect(wasOvertaken(refusal(name, message))).toBe(false));

test('nor anything else that is thrown', () => expect(wasOvertaken('Stack does not exist')).toBe(false));
