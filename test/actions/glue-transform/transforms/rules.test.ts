import { describe, expect, test } from '@jest/globals';
import { GLUE_VERSIONS } from '../../../../actions/glue-transform/transforms/facts/glue-versions.ts';
import { RULES, type RuleName } from '../../../../actions/glue-transform/transforms/rules.ts';
import { briefly, DEFINITION, type Files, type Lines, PYTHON, pairFiles, readFiles, withLines } from './pair.ts';

/** A pair that breaks one rule. */
interface Broken {
  /** Lines of the definition and of the Python file that differ from the right pair. */
  readonly json?: Lines;
  readonly python?: Lines;
  /** In place of both. */
  readonly files?: Files;
  /** Where the finding is: `json` and `py` stand for the files of the pair. */
  readonly at: string;
  readonly says: string;
}

const RULE_CASES: Readonly<Record<RuleName, readonly Broken[]>> = {
  'not-utf8': [
    {
      files: {
        ...pairFiles(),
        'transforms/add_column.json': latin1(withLines(DEFINITION, { 3: '  "displayName": "Größe",' })),
      },
      at: 'json:3',
      says: 'save the file as UTF-8',
    },
    {
      files: { ...pairFiles(), 'transforms/add_column.py': latin1(withLines(PYTHON, { 4: '# Größe' })) },
      at: 'py:4',
      says: 'bytes that are not UTF-8',
    },
  ],
  'byte-order-mark': [
    {
      files: { ...pairFiles(), 'transforms/add_column.json': `\ufeff${DEFINITION}` },
      at: 'json:1',
      says: 'save it as UTF-8 without one',
    },
  ],
  'file-too-large': [
    {
      files: { ...pairFiles(), 'transforms/add_column.py': `${PYTHON}#${'x'.repeat(1024 * 1024)}` },
      at: 'py:1',
      says: 'more than 256 KiB',
    },
  ],
  // In read.test.ts.
  'too-many-findings': [],
  'link-outside': [],
  'invalid-json': [
    { json: { 30: '  ],' }, at: 'json:31', says: "a ',' before a '}' is not allowed" },
    { json: { 4: '  // described' }, at: 'json:4', says: 'JSON has no comments' },
    { json: { 10: '      "type": "str"' }, at: 'json:11', says: "a ',' is missing" },
    { json: { 3: '  "displayName": "Add' }, at: 'json:3', says: 'a text is not closed in its line' },
    { json: { 31: '' }, at: 'json:32', says: "a '}' is missing" },
    { json: { 13: '      "validationRule": "^\\w+$",' }, at: 'json:13', says: 'write two of them for a backslash' },
    { json: { 31: '} {' }, at: 'json:31', says: 'something stands after the end' },
    { json: { 30: `], "x": ${'['.repeat(100)}` }, at: 'json:30', says: 'nested deeper than 64 levels' },
  ],
  'wrong-type': [
    {
      json: { 20: '      "isOptional": "true"' },
      at: 'json:20',
      says: "the 'isOptional' of the parameter 'number' is a text; write true or false",
    },
    { json: { 4: '  "description": 7,' }, at: 'json:4', says: 'is a number; write a text' },
    { json: { 27: '      "listOptions": {},' }, at: 'json:27', says: "or the word 'column'" },
    { json: { 27: '      "listOptions": ["red", 2],' }, at: 'json:27', says: 'is a number; write a text' },
    {
      files: { ...pairFiles(), 'transforms/add_column.json': '[]' },
      at: 'json:1',
      says: 'the definition is a list; write an object',
    },
  ],
  'unknown-member': [
    {
      json: { 11: '      "descripton": "Name of the new column",' },
      at: 'json:11',
      says: "did you mean 'description'?",
    },
    {
      json: { 4: '  "description": "Adds.", "icon": "add.svg",' },
      at: 'json:4',
      says: "Glue Studio knows 'name', 'displayName'",
    },
  ],
  'duplicate-member': [
    { json: { 4: '  "description": "One.", "description": "Two.",' }, at: 'json:4', says: "has 'description' twice" },
  ],
  'missing-member': [
    { json: { 3: '' }, at: 'json:1', says: "the definition has no 'displayName'" },
    { json: { 10: '' }, at: 'json:7', says: "the parameter 'columnName' has no 'type'" },
    { json: { 27: '      "listOptions": [{ "label": "Red" }],' }, at: 'json:27', says: "has no 'value'" },
  ],
  'unknown-parameter-type': [
    { json: { 10: '      "type": "string",' }, at: 'json:10', says: "did you mean 'str'?" },
    {
      json: { 10: '      "type": "timestamp",' },
      at: 'json:10',
      says: "write 'str', 'int', 'float', 'list' or 'bool'",
    },
  ],
  'invalid-name': [
    { json: { 2: '  "name": "add-column",' }, at: 'json:2', says: 'which is no Python identifier' },
    { json: { 17: '      "name": "2nd",' }, at: 'json:17', says: 'no digit at the front' },
  ],
  'keyword-name': [{ json: { 8: '      "name": "from",' }, at: 'json:8', says: "'from', a keyword of Python" }],
  'file-name-differs': [
    { json: { 2: '  "name": "add_columns",' }, at: 'json:2', says: "name both files 'add_columns', or change 'name'" },
  ],
  'python-missing': [
    {
      files: { 'transforms/add_column.json': DEFINITION, 'transforms/addcolumn.py': PYTHON },
      at: 'json:2',
      says: "did you mean to name 'addcolumn.py' so?",
    },
    {
      files: { 'transforms/add_column.json': DEFINITION },
      at: 'json:2',
      says: "there is no 'add_column.py' beside the definition",
    },
  ],
  'path-given': [
    {
      json: { 4: '  "description": "Adds.", "path": "s3://b/add_column.py",' },
      at: 'json:4',
      says: 'ties it to one bucket',
    },
  ],
  'description-missing': [{ json: { 4: '' }, at: 'json:1', says: "has no 'description'" }],
  'parameter-display-name-missing': [{ json: { 9: '' }, at: 'json:7', says: 'shows its Python name' }],
  'duplicate-parameter': [
    {
      json: { 17: '      "name": "columnName",' },
      python: { 5: 'def add_column(self, columnName, tags=None):', 6: '    df = self.toDF()' },
      at: 'json:16',
      says: "'columnName' is defined twice",
    },
  ],
  'duplicate-parameter-display-name': [
    { json: { 18: '      "displayName": "Column",' }, at: 'json:16', says: "displayed as 'Column' too" },
  ],
  'duplicate-transform': [
    {
      files: {
        ...pairFiles(),
        'transforms/more/add_column.json': withLines(DEFINITION, { 5: '  "functionName": "add_other",' }),
        'transforms/more/add_column.py': PYTHON.replaceAll('add_column', 'add_other'),
      },
      at: 'json:2',
      says: "'transforms/add_column.json' defines a transform 'add_column' too",
    },
  ],
  'duplicate-display-name': [
    {
      files: {
        ...pairFiles(),
        'transforms/b.json': DEFINITION.replaceAll('add_column', 'b'),
        'transforms/b.py': PYTHON.replaceAll('add_column', 'b'),
      },
      at: 'b.json:3',
      says: "'transforms/add_column.json' is displayed as 'Add a column' too",
    },
  ],
  'duplicate-function': [
    {
      files: {
        ...pairFiles(),
        'transforms/b.json': withLines(DEFINITION, { 2: '  "name": "b",', 3: '  "displayName": "B",' }),
        'transforms/b.py': PYTHON,
      },
      at: 'b.json:5',
      says: "attaches 'add_column' to DynamicFrame too",
    },
  ],
  'text-empty': [
    { json: { 3: '  "displayName": " ",' }, at: 'json:3', says: 'is empty, so Glue Studio shows nothing' },
  ],
  'text-untrimmed': [
    { json: { 9: '      "displayName": "Column ",' }, at: 'json:9', says: 'begins or ends with a blank' },
  ],
  'text-control-character': [
    { json: { 3: '  "displayName": "Add\\u0007",' }, at: 'json:3', says: 'which Glue refuses when the job is saved' },
  ],
  'text-line-end': [{ json: { 4: '  "description": "One.\\nTwo.",' }, at: 'json:4', says: 'write it as one line' }],
  'text-too-long': [
    {
      json: { 3: `  "displayName": "${'x'.repeat(81)}",` },
      at: 'json:3',
      says: 'AWS names no limit, but more than 80',
    },
  ],
  'validation-type-unknown': [
    { json: { 12: '      "validationType": "Regex",' }, at: 'json:12', says: "knows only 'RegularExpression'" },
  ],
  'validation-type-missing': [{ json: { 12: '' }, at: 'json:13', says: 'is the default today' }],
  'validation-message-missing': [
    { json: { 13: '      "validationRule": "^\\\\w+$"', 14: '' }, at: 'json:13', says: 'say what is allowed' },
  ],
  'validation-rule-missing': [
    { json: { 13: '' }, at: 'json:14', says: "but no 'validationRule', so nothing is checked" },
  ],
  'validation-rule-invalid': [
    {
      json: { 13: '      "validationRule": "^(\\\\d+$",' },
      at: 'json:13',
      says: 'is no regular expression of JavaScript, which the console uses: Unterminated group',
    },
    { json: { 13: '      "validationRule": "(?P<year>\\\\d{4})",' }, at: 'json:13', says: 'Invalid group' },
    { json: { 13: '      "validationRule": "/^a$/",' }, at: 'json:13', says: 'write it without them' },
    { json: { 13: '      "validationRule": "",' }, at: 'json:13', says: 'is empty' },
  ],
  'validation-rule-differs-in-python': [
    {
      json: { 13: '      "validationRule": "^(?<year>\\\\d{4})$",' },
      at: 'json:13',
      says: "Python writes a named group '(?P<name>...)'",
    },
    { json: { 13: '      "validationRule": "(?<=a+)b",' }, at: 'json:13', says: 'of no fixed length' },
    { json: { 13: '      "validationRule": "^[^]$",' }, at: 'json:13', says: "reads a ']' right after '['" },
  ],
  'list-options-on-other-type': [
    { json: { 20: '      "listOptions": ["1", "2"], "isOptional": true' }, at: 'json:20', says: 'its type is int' },
  ],
  'list-options-empty': [
    { json: { 27: '      "listOptions": [],' }, at: 'json:27', says: 'there is nothing to choose' },
    { json: { 27: '      "listOptions": ["red", ""],' }, at: 'json:27', says: 'has an empty option' },
  ],
  'list-options-duplicate': [
    { json: { 27: '      "listOptions": ["red", "red"],' }, at: 'json:27', says: "has the value 'red' twice" },
    {
      json: { 27: '      "listOptions": [{ "label": "A", "value": "1" },\n{ "label": "A", "value": "2" }],' },
      at: 'json:28',
      says: "has the label 'A' twice",
    },
  ],
  'list-options-unknown': [
    { json: { 27: '      "listOptions": "columns",' }, at: 'json:27', says: "did you mean 'column'" },
  ],
  'list-option-of-other-type': [
    {
      json: { 26: '      "listType": "int",', 27: '      "listOptions": ["1", "two"],' },
      at: 'json:27',
      says: "has 'two', which is no int",
    },
  ],
  'list-type-unknown': [
    { json: { 26: '      "listType": "bool",' }, at: 'json:26', says: "write 'str', 'int' or 'float'" },
  ],
  'list-type-on-other-type': [
    { json: { 20: '      "listType": "int", "isOptional": true' }, at: 'json:20', says: "write the type 'list'" },
  ],
  'name-clashes-with-standard-library': [
    { files: renamed('random'), at: 'random.json:2', says: "'random' is also a module of the standard library" },
  ],
  'name-clashes-with-glue-module': [
    { files: renamed('pandas'), at: 'pandas.json:2', says: "'pandas' is also a module that Glue brings" },
  ],
  'function-clashes-with-dynamic-frame': [
    {
      json: { 5: '  "functionName": "filter",' },
      python: { 5: 'def filter(self, columnName, number=None, tags=None):', 10: 'DynamicFrame.filter = filter' },
      at: 'json:5',
      says: "DynamicFrame has 'filter' already",
    },
  ],
  'python-syntax': [
    {
      python: { 5: 'def add_column(self, columnName, number=None, tags=None)' },
      at: 'py:5',
      says: 'Python cannot be read on from',
    },
    { python: { 6: '    print "x"' }, at: 'py:6', says: 'write print(...)' },
    { python: { 6: '    df = self.toDF(' }, at: 'py:7', says: 'an open bracket' },
    { python: { 6: '    df = "open' }, at: 'py:6', says: 'a text is not closed in its line' },
    { python: { 6: '      df = self.toDF()' }, at: 'py:7', says: 'indented otherwise' },
    { python: { 8: 'return 1' }, at: 'py:8', says: "'return' outside a function" },
    {
      python: { 5: 'def add_column(self, number=None, tags=None, columnName):' },
      at: 'py:5',
      says: 'a parameter without a default follows one with a default',
    },
    { python: { 8: 'x = 1 <> 2' }, at: 'py:8', says: "write '!='" },
    { python: { 8: 'a\0b' }, at: 'py:8', says: 'null character' },
    { python: { 8: '1 = x' }, at: 'py:8', says: 'cannot be assigned to' },
  ],
  'python-too-deep': [{ python: { 8: `x = ${'-'.repeat(1500)}1` }, at: 'py:8', says: 'nested deeper than' }],
  'python-syntax-too-new': [
    {
      python: { 6: '    match columnName:\n        case "a":\n            pass\n    df = self.toDF()' },
      at: 'py:6',
      says: "'match' came with Python 3.10, so that Glue 3.0 (Python 3.7) cannot load the file",
    },
    {
      python: { 6: '    if (n := number):\n        pass\n    df = self.toDF()' },
      at: 'py:6',
      says: 'Glue 3.0 (Python 3.7)',
    },
    {
      python: { 6: '    try:\n        pass\n    except* ValueError:\n        pass\n    df = self.toDF()' },
      at: 'py:8',
      says: 'Glue 3.0 (Python 3.7), Glue 4.0 (Python 3.10)',
    },
    { python: { 4: 'type Name = str' }, at: 'py:4', says: 'Glue 5.1 (Python 3.11)' },
    {
      python: { 5: 'def add_column(self, /, columnName, number=None, tags=None):' },
      at: 'py:5',
      says: 'came with Python 3.8',
    },
    {
      python: { 4: `x = f'{F["a"]}' + f'{F['a']}'` },
      at: 'py:4',
      says: 'inside the braces of a formatted text came with Python 3.12',
    },
    {
      python: { 4: 'with (open("a") as a, open("b") as b):\n    pass' },
      at: 'py:4',
      says: "'with' with its items in brackets",
    },
    {
      python: { 4: '@F.udfs[0].make\ndef helper():\n    pass' },
      at: 'py:4',
      says: 'a decorator that is no plain name',
    },
    { python: { 4: 'x = dict[*F.a]' }, at: 'py:4', says: "a '*' in a subscript came with Python 3.11" },
    {
      python: { 4: 'def helper():\n    return *F.a, 1' },
      at: 'py:5',
      says: "a '*' after 'return' came with Python 3.8",
    },
    { python: { 4: 'x = lambda a, /: a' }, at: 'py:4', says: 'parameters of a lambda' },
    { python: { 4: 'x = f"{F.a=}"' }, at: 'py:4', says: "a '=' in a formatted text" },
  ],
  'function-not-defined': [
    { python: { 10: 'DynamicFrame.add_column = ad_column' }, at: 'py:10', says: "did you mean 'add_column'?" },
    {
      python: { 5: 'def other(self):', 6: '    pass', 7: '    return self', 10: '' },
      at: 'py:1',
      says: "write 'DynamicFrame.add_column = add_column' at the end",
    },
    {
      python: { 5: 'class Helpers:\n  def add_column(self, columnName, number=None, tags=None):' },
      at: 'py:11',
      says: 'not defined at the top level of the file; define it above',
    },
  ],
  'function-not-attached': [
    { python: { 10: '' }, at: 'py:5', says: "write 'DynamicFrame.add_column = add_column' at the end of the file" },
    { python: { 10: 'DynamicFrame.addColumn = add_column' }, at: 'py:10', says: "but 'functionName' is 'add_column'" },
    {
      python: { 10: 'def later():\n    DynamicFrame.add_column = add_column' },
      at: 'py:5',
      says: 'is not attached to DynamicFrame',
    },
  ],
  'function-attached-early': [
    {
      python: { 4: 'DynamicFrame.add_column = add_column', 10: '' },
      at: 'py:4',
      says: 'before it is defined, in line 5',
    },
  ],
  'function-not-checked': [
    {
      python: { 4: '@F.udf', 5: 'def add_column(self, columnName, number=None, tags=None):' },
      at: 'py:5',
      says: 'has a decorator, which may change its parameters',
    },
    { python: { 10: 'DynamicFrame.add_column = F.partial(add_column)' }, at: 'py:10', says: 'is calculated' },
    {
      python: { 10: 'add = F.partial(add_column)\nDynamicFrame.add_column = add' },
      at: 'py:11',
      says: "'add' is defined elsewhere",
    },
    {
      python: { 10: 'setattr(DynamicFrame, add_column.__name__, add_column)' },
      at: 'py:10',
      says: 'a name that is calculated is attached',
    },
  ],
  'dynamic-frame-not-imported': [
    { python: { 1: '', 7: '    return self' }, at: 'py:10', says: "write 'from awsglue import DynamicFrame' above" },
  ],
  'function-is-async': [
    {
      python: { 5: 'async def add_column(self, columnName, number=None, tags=None):' },
      at: 'py:5',
      says: 'is a coroutine',
    },
  ],
  'self-missing': [
    {
      python: { 5: 'def add_column(columnName, number=None, tags=None):', 6: '    df = 1', 7: '    return make(df)' },
      at: 'py:5',
      says: "write 'self' before the others",
    },
  ],
  'parameter-missing-in-python': [
    {
      python: { 5: 'def add_column(self, columnName, number=None):' },
      at: 'py:5',
      says: "has no parameter 'tags', which the definition has (line 23)",
    },
  ],
  'parameter-missing-in-definition': [
    {
      python: { 5: 'def add_column(self, columnName, unit, number=None, tags=None):' },
      at: 'py:5',
      says: "has the parameter 'unit', which the definition has not",
    },
    {
      python: { 5: 'def add_column(self, columnName, number=None, tags=None,\n    seed=None):' },
      at: 'py:6',
      says: "'seed'",
    },
  ],
  'parameter-named-otherwise': [
    {
      python: { 5: 'def add_column(self, column_name, number=None, tags=None):', 6: '    df = self.toDF()' },
      at: 'py:5',
      says: "called 'column_name' here and 'columnName' in the definition (line 8)",
    },
  ],
  'parameter-positional-only': [
    {
      files: forGlue4({ 5: 'def add_column(self, columnName, /, number=None, tags=None):' }),
      at: 'py:5',
      says: 'cannot be passed by name, as Glue does',
    },
  ],
  'optional-without-default': [
    { python: { 5: 'def add_column(self, columnName, number, tags=None):' }, at: 'py:5', says: "write 'number=None'" },
  ],
  'default-without-optional': [
    {
      python: { 5: 'def add_column(self, columnName="a", number=None, tags=None):' },
      at: 'json:8',
      says: 'write "isOptional": true, or remove the default',
    },
  ],
  'default-of-other-type': [
    {
      python: { 5: 'def add_column(self, columnName, number="7", tags=None):' },
      at: 'py:5',
      says: 'is of the type str, but the definition says int (line 19)',
    },
    {
      python: { 5: 'def add_column(self, columnName, number=1.5, tags=None):' },
      at: 'py:5',
      says: 'is of the type float',
    },
    {
      python: { 5: 'def add_column(self, columnName, number=2., tags=None):' },
      at: 'py:5',
      says: 'is of the type float',
    },
    {
      python: { 5: 'def add_column(self, columnName, number=None, tags={}):' },
      at: 'py:5',
      says: 'is of the type dict, but the definition says list',
    },
    {
      python: { 5: 'def add_column(self, columnName, number: int = True, tags=None):' },
      at: 'py:5',
      says: 'is of the type bool',
    },
  ],
  'default-empty-text': [
    {
      python: { 5: 'def add_column(self, columnName, number="", tags=None):' },
      at: 'py:5',
      says: 'None says more clearly',
    },
  ],
  'return-missing': [
    {
      python: { 7: '    df.show()' },
      at: 'py:5',
      says: 'returns nothing, so that the next step of the job has no data',
    },
  ],
  'return-without-value': [
    {
      python: { 6: '    if number is None:\n        return\n    df = self.toDF()' },
      at: 'py:7',
      says: "'return self' for the unchanged one",
    },
    {
      python: { 6: '    if number is None:\n        return None\n    df = self.toDF()' },
      at: 'py:7',
      says: 'returns nothing here',
    },
  ],
  'return-missing-on-path': [
    {
      python: { 7: '    if number:\n        return DynamicFrame.fromDF(df, self.glue_ctx, self.name)' },
      at: 'py:5',
      says: "can end without a 'return'",
    },
  ],
  'wrong-return-type': [
    {
      python: { 7: '    return df' },
      at: 'py:7',
      says: "write 'return DynamicFrame.fromDF(df, self.glue_ctx, self.name)'",
    },
    { python: { 7: '    return self.toDF()' }, at: 'py:7', says: 'a value of the type Spark DataFrame' },
    {
      python: { 7: '    return (df\n        .filter("a = 1")\n        .limit(3))' },
      at: 'py:7',
      says: 'Spark DataFrame',
    },
    { python: { 7: '    return [df]' }, at: 'py:7', says: 'a value of the type list' },
    { python: { 7: '    yield df' }, at: 'py:7', says: 'so it returns a generator' },
  ],
  'relative-import': [{ python: { 2: 'from . import helpers as F' }, at: 'py:2', says: 'Glue loads this file alone' }],
  'import-not-in-python': [
    {
      python: { 4: 'import distutils.util' },
      at: 'py:4',
      says: 'not in the standard library of Glue 6.0 (Python 3.13), which lost it',
    },
    {
      python: { 4: 'import tomllib' },
      at: 'py:4',
      says: 'not in the standard library of Glue 3.0 (Python 3.7), Glue 4.0 (Python 3.10), which came later',
    },
    { python: { 4: 'from imp import reload' }, at: 'py:4', says: "the module 'imp'" },
  ],
  'import-not-in-glue': [
    {
      python: { 4: 'import geopy.distance' },
      at: 'py:4',
      says: "add it to the parameter --additional-python-modules of the jobs: 'geopy'",
    },
    { python: { 4: 'from sklearn.cluster import KMeans' }, at: 'py:4', says: "'scikit-learn'" },
  ],
  'import-of-neighbour': [
    {
      files: { ...pairFiles({}, { 4: 'from shared import clean' }), 'transforms/shared.py': 'def clean(): pass\n' },
      at: 'py:4',
      says: 'Glue Studio passes only the transform',
    },
  ],
};

/** Cases that are about all Glue versions are checked for all of them; this one only for newer ones. */
const ONLY_NEW = new Set<RuleName>(['parameter-positional-only']);

function forGlue4(python: Lines): Files {
  return pairFiles({}, python);
}

function renamed(name: string): Files {
  return {
    [`transforms/${name}.json`]: withLines(DEFINITION, { 2: `  "name": "${name}",` }),
    [`transforms/${name}.py`]: PYTHON,
  };
}

function latin1(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

describe('a right pair', () => {
  test('has no findings on any Glue version and is read', async () => {
    const result = await readFiles(pairFiles(), GLUE_VERSIONS);

    expect(result.findings).toEqual([]);
    expect(result.transforms.map(({ name }) => name)).toEqual(['add_column']);
    expect(result.transforms[0]?.definitionFile.content.toString()).toBe(DEFINITION);
    expect(result.transforms[0]?.definition.parameters[0]).toEqual({
      name: 'columnName',
      displayName: 'Column',
      type: 'str',
      isOptional: false,
      description: 'Name of the new column',
      validation: { rule: '^\\w+$', message: 'Letters, digits and underscores' },
      listOptions: undefined,
      listType: undefined,
    });
  });
});

describe.each(Object.entries(RULE_CASES).filter(([, cases]) => cases.length > 0) as [RuleName, Broken[]][])(
  'rule %s',
  (rule, cases) => {
    test.each(cases.map((broken) => [broken.says, broken] as const))('%s', async (_says, broken) => {
      const files = broken.files ?? pairFiles(broken.json, broken.python);
      const versions = ONLY_NEW.has(rule) ? GLUE_VERSIONS.filter((version) => version !== '3.0') : GLUE_VERSIONS;
      const result = await readFiles(files, versions);

      expect(briefly(result)).toEqual([`${rule} ${broken.at.replace(/^(json|py):/, 'add_column.$1:')}`]);
      expect(result.findings[0]?.message).toContain(broken.says);
      expect(result.findings[0]?.level).toBe(RULES[rule][0]);
      // What has an error is not published; what has a warning is.
      const name = broken.at.startsWith('b.') ? 'b' : 'add_column';
      if (RULES[rule][0] === 'error')
        expect(result.transforms.map((transform) => transform.name)).not.toContain(
          name === 'b' ? 'b' : result.findings[0]?.file,
        );
      else expect(result.transforms).toHaveLength(1);
    });
  },
);
