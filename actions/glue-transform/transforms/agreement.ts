import { nearest } from '../../../lib/operation/nearest.ts';
import { shorten } from './definition/members.ts';
import type { PlacedDefinition, PlacedParameter } from './definition/read-definition.ts';
import {
  type LiteralKind,
  literalKind,
  type PythonParameter,
  readSignature,
  type Signature,
} from './python/function.ts';
import type { Attachment, PythonFunction, PythonModule } from './python/module.ts';
import { certainType, dataFrameVariables, readReturns } from './python/returns.ts';
import { findingAt, type RuleName } from './rules.ts';
import type { ParameterType, TransformFinding } from './transform.ts';

/**
 * Checks that the Python file does what the definition says: the function is there, attached to DynamicFrame, takes the
 * parameters as Glue passes them, and returns a DynamicFrame.
 * Source: Glue user guide, "Implement the transform logic": the names must match, and what is optional needs a default.
 * Glue Studio calls the function with named arguments ("JSON config file", `name` of a parameter).
 */
export function checkAgreement(definition: PlacedDefinition, module: PythonModule): readonly TransformFinding[] {
  const check = new AgreementCheck(definition, module);
  check.run();
  return check.findings;
}

/** The function behind a transform, as far as it can be read. */
interface Implementation {
  readonly offset: number;
  readonly signature: Signature;
  readonly definition: PythonFunction | undefined;
}

class AgreementCheck {
  readonly findings: TransformFinding[] = [];
  readonly #definition: PlacedDefinition;
  readonly #module: PythonModule;

  constructor(definition: PlacedDefinition, module: PythonModule) {
    this.#definition = definition;
    this.#module = module;
  }

  run(): void {
    const functionName = this.#definition.functionName?.value;
    if (functionName === undefined) return;
    const implementation = this.#implementation(functionName);
    if (implementation === undefined) return;
    this.#checkParameters(implementation);
    if (implementation.definition !== undefined)
      this.#checkReturns(implementation.definition, implementation.signature);
  }

  #python(rule: RuleName, offset: number, message: string): void {
    this.findings.push(findingAt(rule, this.#module.tree.source, offset, message));
  }

  #json(rule: RuleName, offset: number, message: string): void {
    this.findings.push(findingAt(rule, this.#definition.source, offset, message));
  }

  /** Finds what is attached under the name, and reports when that is missing, early or unreadable. */
  #implementation(functionName: string): Implementation | undefined {
    const { attachments, functions, bound } = this.#module;
    const { text } = this.#module.tree;
    const attachment = attachments.findLast(({ name }) => name === functionName);
    const sameName = functions.findLast(({ name }) => name === functionName);
    if (attachment === undefined) {
      this.#reportUnattached(functionName, sameName);
      return sameName === undefined ? undefined : implementationOf(sameName, text);
    }
    const { value } = attachment;
    if (value?.name === 'LambdaExpression') {
      return { offset: value.from, signature: readSignature(value.getChild('ParamList'), text), definition: undefined };
    }
    const attached = value === undefined ? '' : text.slice(value.from, value.to);
    if (value?.name !== 'VariableName') {
      this.#python(
        'function-not-checked',
        attachment.offset,
        `what is attached as '${functionName}' is calculated, so its parameters cannot be compared with the definition; attach a function by its name`,
      );
      return undefined;
    }
    const found = functions.findLast(({ name, offset }) => name === attached && offset < attachment.offset);
    if (found !== undefined) {
      if (!found.isDecorated) return implementationOf(found, text);
      this.#python(
        'function-not-checked',
        found.offset,
        `'${attached}' has a decorator, which may change its parameters; they were not compared with the definition`,
      );
      return undefined;
    }
    const later = functions.find(({ name }) => name === attached);
    if (later !== undefined) {
      this.#python(
        'function-attached-early',
        attachment.offset,
        `'${attached}' is attached before it is defined, in line ${this.#line(later.offset)}, so that loading the file fails; move this line to the end`,
      );
      return implementationOf(later, text);
    }
    if (bound.has(attached)) {
      this.#python(
        'function-not-checked',
        attachment.offset,
        `'${attached}' is defined elsewhere, so its parameters cannot be compared with the definition; define the function in this file`,
      );
      return undefined;
    }
    this.#reportUndefined(attachment, attached);
    return undefined;
  }

  #reportUndefined(attachment: Attachment, attached: string): void {
    const meant = nearest(
      attached,
      this.#module.functions.map(({ name }) => name),
    );
    const advice =
      meant === undefined ? `define it above, with 'def ${attached}(self, ...):'` : `did you mean '${meant}'?`;
    this.#python(
      'function-not-defined',
      attachment.offset,
      `the function '${attached}' that is attached to DynamicFrame is not defined at the top level of the file; ${advice}`,
    );
  }

  #reportUnattached(functionName: string, sameName: PythonFunction | undefined): void {
    const { attachments, strangers } = this.#module;
    const stranger = strangers.find(({ name }) => name === functionName);
    if (stranger !== undefined) {
      this.#python(
        'dynamic-frame-not-imported',
        stranger.offset,
        "DynamicFrame is not imported here, so that loading the file fails; write 'from awsglue import DynamicFrame' above",
      );
      return;
    }
    const line = `DynamicFrame.${functionName} = ${functionName}`;
    const [only] = attachments;
    if (attachments.some(({ name }) => name === undefined)) {
      const place = attachments.find(({ name }) => name === undefined)?.offset ?? 0;
      this.#python(
        'function-not-checked',
        place,
        `a name that is calculated is attached to DynamicFrame, so '${functionName}' could not be found; write '${line}'`,
      );
      return;
    }
    if (only?.name !== undefined) {
      this.#python(
        'function-not-attached',
        only.offset,
        `'${shorten(only.name)}' is attached to DynamicFrame, but 'functionName' is '${functionName}'; write '${line}', or change 'functionName'`,
      );
      return;
    }
    if (sameName !== undefined) {
      this.#python(
        'function-not-attached',
        sameName.offset,
        `'${functionName}' is not attached to DynamicFrame, so that jobs cannot call it; write '${line}' at the end of the file`,
      );
      return;
    }
    const { functions } = this.#module;
    const meant = nearest(
      functionName,
      functions.map(({ name }) => name),
    );
    const place = functions.find(({ name }) => name === meant)?.offset ?? 0;
    const advice =
      meant === undefined ? `define it, and write '${line}' at the end of the file` : `did you mean '${meant}'?`;
    this.#python(
      'function-not-defined',
      place,
      `the function '${functionName}' of the definition is not defined at the top level of the file; ${advice}`,
    );
  }

  #line(offset: number): number {
    return this.#module.tree.source.lineAt(offset);
  }

  #checkParameters({ signature, offset }: Implementation): void {
    const { parameters } = this.#definition;
    const own = this.#ownParameters(signature, offset);
    if (own === undefined) return;
    const byName = new Map(own.map((parameter) => [parameter.name, parameter]));
    const defined = new Set(parameters.map(({ parameter }) => parameter.name));
    const extra = own.filter(({ name }) => !defined.has(name));
    const taken = new Set<string>();
    for (const placed of parameters) {
      const python = byName.get(placed.parameter.name);
      if (python !== undefined) this.#compare(placed, python);
      else if (!signature.takesKeywords) this.#reportMissing(placed, extra, taken, offset);
    }
    if (!this.#definition.isComplete) return;
    for (const { name, offset: place } of extra) {
      if (taken.has(name)) continue;
      this.#python(
        'parameter-missing-in-definition',
        place,
        `the function has the parameter '${name}', which the definition has not, so that nobody can give it a value; add it to 'parameters', or make it a variable of the function`,
      );
    }
  }

  /** The parameters without the first, which is the DynamicFrame. */
  #ownParameters({ parameters, takesPositions }: Signature, offset: number): readonly PythonParameter[] | undefined {
    const [first, ...others] = parameters;
    const names = new Set(this.#definition.parameters.map(({ parameter }) => parameter.name));
    const isFrame =
      first !== undefined && first.kind !== 'keyword-only' && (first.name === 'self' || !names.has(first.name));
    if (isFrame) return others;
    if (takesPositions) return parameters;
    this.#python(
      'self-missing',
      offset,
      "the first parameter must be the DynamicFrame that the transform is applied to; write 'self' before the others",
    );
    return first === undefined ? undefined : parameters;
  }

  #reportMissing(
    { parameter, offset }: PlacedParameter,
    extra: readonly PythonParameter[],
    taken: Set<string>,
    functionAt: number,
  ): void {
    const free = extra.filter(({ name }) => !taken.has(name));
    const meant = nearest(
      parameter.name.replaceAll('_', ''),
      free.map(({ name }) => name.replaceAll('_', '')),
    );
    const python = free.find(({ name }) => name.replaceAll('_', '') === meant);
    if (python !== undefined) {
      taken.add(python.name);
      this.#python(
        'parameter-named-otherwise',
        python.offset,
        `the parameter is called '${python.name}' here and '${parameter.name}' in the definition (line ${this.#definition.source.lineAt(offset)}); Glue passes it by name, so write the same in both`,
      );
      return;
    }
    this.#python(
      'parameter-missing-in-python',
      functionAt,
      `the function has no parameter '${parameter.name}', which the definition has (line ${this.#definition.source.lineAt(offset)}), so that every call fails; add it`,
    );
  }

  #compare(
    { parameter, offset, typeOffset, optionalOffset, optionalIsKnown }: PlacedParameter,
    python: PythonParameter,
  ): void {
    const { name, type } = parameter;
    const { text } = this.#module.tree.source;
    if (python.kind === 'positional-only') {
      this.#python(
        'parameter-positional-only',
        python.offset,
        `the parameter '${name}' stands before '/', so it cannot be passed by name, as Glue does; put it after the '/', or remove the '/'`,
      );
    }
    if (parameter.isOptional && python.default === undefined) {
      this.#python(
        'optional-without-default',
        python.offset,
        `the parameter '${name}' is optional in the definition (line ${this.#definition.source.lineAt(optionalOffset ?? offset)}), but has no default here, so that a job that leaves it out fails; write '${name}=None'`,
      );
    }
    if (python.default === undefined) return;
    if (!parameter.isOptional && optionalIsKnown) {
      this.#json(
        'default-without-optional',
        optionalOffset ?? offset,
        `the parameter '${name}' has a default in Python (line ${this.#line(python.offset)}), but Glue Studio asks for a value; write "isOptional": true, or remove the default`,
      );
    }
    const kind = literalKind(python.default, text);
    if (type === undefined || kind === undefined || fits(kind, type)) return;
    if (kind === 'empty-str') {
      this.#python(
        'default-empty-text',
        python.offset,
        `the default of '${name}' is '', but its type is ${type} (line ${this.#definition.source.lineAt(typeOffset)}); None says more clearly that nothing was given`,
      );
      return;
    }
    this.#python(
      'default-of-other-type',
      python.offset,
      `the default of '${name}' is of the type ${kind}, but the definition says ${type} (line ${this.#definition.source.lineAt(typeOffset)}); change one of the two`,
    );
  }

  #checkReturns({ node, offset, name, isAsync }: PythonFunction, signature: Signature): void {
    const { text } = this.#module.tree;
    if (isAsync) {
      this.#python(
        'function-is-async',
        offset,
        `'${name}' is a coroutine, and nobody awaits it; write 'def' without 'async'`,
      );
      return;
    }
    const { statements, endIsReached, yieldAt } = readReturns(node, text);
    const advice = "end with 'return DynamicFrame.fromDF(df, self.glue_ctx, self.name)'";
    if (yieldAt !== undefined) {
      this.#python(
        'wrong-return-type',
        yieldAt,
        `'${name}' has a 'yield', so it returns a generator and no DynamicFrame; ${advice}`,
      );
      return;
    }
    if (statements.length === 0) {
      // A function that always ends with an error is a plan, not a mistake of this kind.
      if (endIsReached)
        this.#python(
          'return-missing',
          offset,
          `'${name}' returns nothing, so that the next step of the job has no data; ${advice}`,
        );
      return;
    }
    const self = signature.parameters[0]?.name ?? 'self';
    const frames = dataFrameVariables(node, self, text);
    for (const { offset: place, value } of statements) {
      const type = value === undefined ? undefined : certainType(value, text, frames);
      if (value === undefined || type === 'None') {
        this.#python(
          'return-without-value',
          place,
          `'${name}' returns nothing here, so that the next step of the job has no data; return a DynamicFrame, 'return ${self}' for the unchanged one`,
        );
      } else if (type !== undefined) {
        const instead =
          type === 'Spark DataFrame'
            ? `; write 'return DynamicFrame.fromDF(${shorten(text.slice(value.from, value.to), 30)}, ${self}.glue_ctx, ${self}.name)'`
            : '; return a DynamicFrame';
        this.#python(
          'wrong-return-type',
          place,
          `'${name}' returns a value of the type ${type} here, not a DynamicFrame${instead}`,
        );
      }
    }
    if (endIsReached)
      this.#python(
        'return-missing-on-path',
        offset,
        `'${name}' can end without a 'return', and then gives the next step of the job no data; return a DynamicFrame on every path`,
      );
  }
}

function implementationOf(definition: PythonFunction, text: string): Implementation {
  return {
    offset: definition.offset,
    signature: readSignature(definition.node.getChild('ParamList'), text),
    definition,
  };
}

function fits(kind: LiteralKind, type: ParameterType): boolean {
  if (kind === 'None') return true;
  switch (type) {
    case 'str':
      return kind === 'str' || kind === 'empty-str';
    case 'int':
      return kind === 'int';
    case 'float':
      return kind === 'float' || kind === 'int';
    case 'list':
      return kind === 'list';
    case 'bool':
      return kind === 'bool';
  }
}
