/** A visual transform of Glue Studio as a team keeps it: a definition and the Python file of the same name. */
export interface Transform {
  /** The definition's `name`, which is also that of both files without their ends. */
  readonly name: string;
  readonly definition: Definition;
  readonly definitionFile: SourceFile;
  readonly pythonFile: SourceFile;
}

export interface SourceFile {
  /** Relative to the workspace, with `/`. */
  readonly path: string;
  /** Exactly as on disk: what is published. */
  readonly content: Buffer;
}

/** Source: Glue user guide, "Custom visual transforms", "JSON config file". */
export interface Definition {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly functionName: string;
  readonly parameters: readonly Parameter[];
}

export type ParameterType = 'str' | 'int' | 'float' | 'list' | 'bool';

export interface Parameter {
  readonly name: string;
  readonly displayName: string;
  readonly type: ParameterType;
  readonly isOptional: boolean;
  readonly description: string | undefined;
  readonly validation: { readonly rule: string; readonly message: string | undefined } | undefined;
  /** `column` lets the user choose among the columns of the input. */
  readonly listOptions: readonly { readonly label: string; readonly value: string }[] | 'column' | undefined;
  readonly listType: 'str' | 'int' | 'float' | undefined;
}

/** What is wrong with a file, or what should be better. */
export interface TransformFinding {
  /** Stable name of the rule, for example `parameter-missing-in-python`. */
  readonly rule: string;
  readonly level: 'error' | 'warning';
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
  /** A change that is certain: replaces the characters from `start` to `end` of the file. */
  readonly fix?: { readonly start: number; readonly end: number; readonly text: string };
}
