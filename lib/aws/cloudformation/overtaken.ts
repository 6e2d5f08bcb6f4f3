/**
 * How the service says that a stack or change set is no longer what it was at the last look. It has classes for few of
 * these; for the others its text is the only sign.
 */
const OVERTAKEN: readonly { readonly name: string; readonly text: RegExp }[] = [
  { name: 'ValidationError', text: /is in \w+ state and can ?not be updated/ },
  { name: 'ValidationError', text: /cannot be deleted while in status \w+_IN_PROGRESS/ },
  { name: 'ValidationError', text: /^Stack (\[|with id )?\S+ does not exist/ },
  { name: 'AlreadyExistsException', text: /already exists and cannot be created again/ },
  { name: 'ChangeSetNotFoundException', text: /(?:)/ },
  { name: 'InvalidChangeSetStatusException', text: /(?:)/ },
];

/**
 * Whether a call was refused because another run, or a person, has begun something with the stack since it was looked
 * at. Nothing was done then, and a new look tells what to do now.
 */
export function wasOvertaken(error: unknown): boolean {
  return error instanceof Error && OVERTAKEN.some(({ name, text }) => error.name === name && text.test(error.message));
}
