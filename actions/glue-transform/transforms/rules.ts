import type { SourceText } from './source-text.ts';
import type { TransformFinding } from './transform.ts';

type Level = TransformFinding['level'];

/**
 * Every rule with its level and what it asks for. Names are stable: reports, suppressions and dashboards refer to them.
 */
export const RULES = {
  'not-utf8': ['error', 'A file is text in UTF-8.'],
  'byte-order-mark': ['error', 'A definition has no byte order mark.'],
  'file-too-large': ['error', 'A file has at most 256 KiB.'],
  'too-many-findings': ['error', 'A file has few enough findings to be read.'],
  'link-outside': ['error', 'A file lies in the workspace, not behind a link that leads out of it.'],
  'invalid-json': ['error', 'A definition is JSON, without comments and trailing commas.'],
  'wrong-type': ['error', 'A member of a definition has the type that Glue Studio reads.'],
  'unknown-member': ['error', 'A definition has only members that Glue Studio knows.'],
  'duplicate-member': ['error', 'A member stands once in an object.'],
  'missing-member': ['error', 'The members without which a transform cannot be used are there.'],
  'unknown-parameter-type': ['error', "A parameter's type is str, int, float, list or bool."],
  'invalid-name': ['error', 'Names are Python identifiers.'],
  'keyword-name': ['error', 'Names are not keywords of Python.'],
  'file-name-differs': ['error', "Both files are named as the definition's 'name'."],
  'python-missing': ['error', 'A definition has its Python file beside it.'],
  'path-given': ['warning', "A definition needs no 'path': Glue Studio pairs the files by their name."],
  'description-missing': ['warning', 'A transform has a description, which the search of Glue Studio reads.'],
  'parameter-display-name-missing': ['warning', 'A parameter has a displayed name.'],
  'duplicate-parameter': ['error', 'A parameter is defined once.'],
  'duplicate-parameter-display-name': ['warning', 'Parameters of a transform are displayed under different names.'],
  'duplicate-transform': ['error', "A transform's name is its key in S3, so it is there once."],
  'duplicate-display-name': ['error', 'Transforms of a folder are displayed under different names.'],
  'duplicate-function': ['error', 'Transforms attach different functions to DynamicFrame.'],
  'text-empty': ['error', 'A displayed text is not empty.'],
  'text-untrimmed': ['warning', 'A displayed text has no blanks around it.'],
  'text-control-character': ['error', 'A displayed text has no control characters.'],
  'text-line-end': ['warning', 'A displayed text is one line.'],
  'text-too-long': ['warning', 'A displayed text is short enough to be read in a form.'],
  'validation-type-unknown': ['error', "'validationType' is RegularExpression, the only one that exists."],
  'validation-type-missing': ['warning', "A 'validationRule' says its 'validationType'."],
  'validation-message-missing': ['error', "A 'validationRule' has a 'validationMessage' that says what is allowed."],
  'validation-rule-missing': ['error', "'validationType' and 'validationMessage' belong to a 'validationRule'."],
  'validation-rule-invalid': ['error', 'A validation rule compiles as a regular expression of JavaScript.'],
  'validation-rule-differs-in-python': ['warning', 'A validation rule means the same in JavaScript and in Python.'],
  'list-options-on-other-type': ['error', "'listOptions' belongs to a parameter of the type str or list."],
  'list-options-empty': ['error', "'listOptions' has an option, and no empty one."],
  'list-options-duplicate': ['error', 'An option stands once in a list.'],
  'list-options-unknown': ['error', "'listOptions' is a list, or the word column."],
  'list-option-of-other-type': ['error', "An option is a value of 'listType'."],
  'list-type-unknown': ['error', "'listType' is str, int or float."],
  'list-type-on-other-type': ['error', "'listType' belongs to a parameter of the type list."],
  'name-clashes-with-standard-library': ['error', 'A transform is not named as a module of Python.'],
  'name-clashes-with-glue-module': ['error', 'A transform is not named as a module that Glue brings.'],
  'function-clashes-with-dynamic-frame': ['error', 'A transform replaces no member of DynamicFrame.'],
  'python-syntax': ['error', 'A Python file can be parsed.'],
  'python-too-deep': ['error', 'A Python file is nested no deeper than Python itself allows.'],
  'python-syntax-too-new': [
    'error',
    'A Python file has only syntax that the Python of every chosen Glue version knows.',
  ],
  'function-not-defined': ['error', "The function is defined at the file's top level."],
  'function-not-attached': ['error', "The function is attached to DynamicFrame under 'functionName'."],
  'function-attached-early': ['error', 'The function is attached after it is defined.'],
  'function-not-checked': ['warning', 'What is attached is a function whose parameters can be read.'],
  'dynamic-frame-not-imported': ['error', 'DynamicFrame is imported from awsglue.'],
  'function-is-async': ['error', 'The function is an ordinary one, not a coroutine.'],
  'self-missing': ['error', 'The first parameter of the function is the DynamicFrame.'],
  'parameter-missing-in-python': ['error', 'The function takes every parameter of the definition.'],
  'parameter-missing-in-definition': ['error', 'The definition has every parameter of the function.'],
  'parameter-named-otherwise': ['error', 'A parameter has the same name in both files.'],
  'parameter-positional-only': ['error', 'The function takes its parameters by keyword, as Glue passes them.'],
  'optional-without-default': ['error', 'An optional parameter has a default in Python.'],
  'default-without-optional': ['error', 'A parameter with a default in Python is optional in the definition.'],
  'default-of-other-type': ['error', 'A default is of the type that the definition declares.'],
  'default-empty-text': ['warning', "A default of another type than text is not ''."],
  'return-missing': ['error', 'The function returns a DynamicFrame.'],
  'return-without-value': ['error', 'Every return of the function has a value.'],
  'return-missing-on-path': ['warning', 'The function returns a value however it ends.'],
  'wrong-return-type': ['error', 'The function returns a DynamicFrame, nothing else.'],
  'relative-import': ['error', 'A transform imports nothing relatively: Glue loads the file alone.'],
  'import-not-in-python': ['error', 'A transform imports only standard modules that every chosen Glue version has.'],
  'import-not-in-glue': ['warning', 'Modules that Glue does not bring are asked for with --additional-python-modules.'],
  'import-of-neighbour': ['warning', 'A transform does not import files beside it: Glue Studio passes only its own.'],
} as const satisfies Readonly<Record<string, readonly [Level, string]>>;

export type RuleName = keyof typeof RULES;

/** A finding at an offset of a file. */
export function findingAt(
  rule: RuleName,
  source: SourceText,
  offset: number,
  message: string,
  fix?: TransformFinding['fix'],
): TransformFinding {
  return {
    rule,
    level: RULES[rule][0],
    file: source.path,
    line: source.lineAt(offset),
    message,
    ...(fix === undefined ? {} : { fix }),
  };
}

/** A finding on a file whose text could not be read. */
export function findingOnLine(rule: RuleName, file: string, line: number, message: string): TransformFinding {
  return { rule, level: RULES[rule][0], file, line, message };
}
