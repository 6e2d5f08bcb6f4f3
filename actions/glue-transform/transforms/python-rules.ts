import { shorten } from './definition/members.ts';
import { GLUE_MODULES, PACKAGE_OF_MODULE } from './facts/glue-modules.ts';
import {
  comparePython,
  describeVersions,
  GLUE_PYTHON,
  type GlueVersion,
  type PythonVersion,
} from './facts/glue-versions.ts';
import { STANDARD_LIBRARY } from './facts/standard-library.ts';
import type { PythonImport } from './python/imports.ts';
import type { PythonModule } from './python/module.ts';
import { newSyntax } from './python/new-syntax.ts';
import { findingAt } from './rules.ts';
import type { TransformFinding } from './transform.ts';

/** What a Python file needs from the Glue versions that it shall run on. */
export function checkPython(
  module: PythonModule,
  versions: readonly GlueVersion[],
  neighbours: ReadonlySet<string>,
): readonly TransformFinding[] {
  return [...checkSyntax(module, versions), ...checkImports(module, versions, neighbours)];
}

function checkSyntax({ tree }: PythonModule, versions: readonly GlueVersion[]): readonly TransformFinding[] {
  const reported = new Set<string>();
  return newSyntax(tree).flatMap(({ offset, python, what }) => {
    const tooOld = versions.filter((version) => comparePython(GLUE_PYTHON[version], python) < 0);
    if (tooOld.length === 0 || reported.has(what)) return [];
    reported.add(what);
    const message = `${what} came with Python ${python}, so that ${describeVersions(tooOld)} cannot load the file; write it in the older way, or leave these versions out of 'glue-versions'`;
    return [findingAt('python-syntax-too-new', tree.source, offset, message)];
  });
}

function checkImports(
  { tree, imports }: PythonModule,
  versions: readonly GlueVersion[],
  neighbours: ReadonlySet<string>,
): readonly TransformFinding[] {
  const reported = new Set<string>();
  return imports.flatMap((found): readonly TransformFinding[] => {
    const { module, offset, isRelative, isOptional } = found;
    if (isRelative) {
      const message = `'${shorten(module)}' is imported relatively, but Glue loads this file alone, without a package around it; move what is needed into this file`;
      return [findingAt('relative-import', tree.source, offset, message)];
    }
    const top = module.split('.')[0] ?? module;
    if (isOptional || reported.has(top) || top === '') return [];
    const finding = checkImport(found, top, versions, neighbours);
    if (finding === undefined) return [];
    reported.add(top);
    return [findingAt(finding.rule, tree.source, offset, finding.message)];
  });
}

function checkImport(
  { module }: PythonImport,
  top: string,
  versions: readonly GlueVersion[],
  neighbours: ReadonlySet<string>,
) {
  // Private modules of Python come and go; whoever imports one knows.
  if (top.startsWith('_') && top !== '__future__') return undefined;
  const isStandard = Object.values(STANDARD_LIBRARY).some((modules) => modules.has(top));
  const missing = versions.filter(
    (version) => !STANDARD_LIBRARY[GLUE_PYTHON[version]].has(top) && !GLUE_MODULES[version].has(top),
  );
  if (missing.length === 0) return undefined;
  if (isStandard) {
    const message = `the module '${shorten(top)}' is not in the standard library of ${describeVersions(missing)}${hint(top, missing)}; use another module, or leave these versions out of 'glue-versions'`;
    return { rule: 'import-not-in-python', message } as const;
  }
  if (neighbours.has(top)) {
    const message = `'${shorten(module)}' is a file beside this one, but Glue Studio passes only the transform's own file to a job; move what is needed here, or add the other file to the job's --extra-py-files by hand`;
    return { rule: 'import-of-neighbour', message } as const;
  }
  const where =
    missing.length === versions.length
      ? 'no chosen Glue version brings'
      : `${describeVersions(missing)} does not bring`;
  const message = `${where} the module '${shorten(top)}'; add it to the parameter --additional-python-modules of the jobs: '${shorten(PACKAGE_OF_MODULE[top] ?? top)}'`;
  return { rule: 'import-not-in-glue', message } as const;
}

/** Since when a module is there, or no longer there. */
function hint(top: string, missing: readonly GlueVersion[]): string {
  const has = (version: PythonVersion) => STANDARD_LIBRARY[version].has(top);
  const pythons = missing.map((version) => GLUE_PYTHON[version]);
  if (!has('3.7') && pythons.every((python) => comparePython(python, '3.11') < 0)) return ', which came later';
  if (has('3.11') && !has('3.13')) return ', which lost it in Python 3.12 or 3.13';
  return has('3.7') && !has('3.10') ? ', which lost it before Python 3.10' : '';
}
