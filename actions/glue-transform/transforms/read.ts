import { open } from 'node:fs/promises';
import path from 'node:path';
import { nearest } from '../../../lib/operation/nearest.ts';
import { checkAgreement } from './agreement.ts';
import { shorten } from './definition/members.ts';
import { type PlacedDefinition, plainDefinition, readDefinition } from './definition/read-definition.ts';
import type { GlueVersion } from './facts/glue-versions.ts';
import { findFiles } from './find-files.ts';
import { checkNames, checkSharedNames } from './names.ts';
import { readModule } from './python/module.ts';
import { parsePython } from './python/syntax.ts';
import { checkPython } from './python-rules.ts';
import { findingAt, findingOnLine } from './rules.ts';
import { decodeSource, SourceText } from './source-text.ts';
import type { SourceFile, Transform, TransformFinding } from './transform.ts';

export interface ReadRequest {
  /** Files or folders, absolute or relative to the workspace. */
  readonly paths: readonly string[];
  readonly workspace: string;
  /** What the Python files shall run on. Without it, what depends on the version is not checked. */
  readonly glueVersions?: readonly GlueVersion[];
}

export interface ReadResult {
  /** Sorted by path. One with a finding of the level `error` is left out. */
  readonly transforms: readonly Transform[];
  /** Sorted by file and line. */
  readonly findings: readonly TransformFinding[];
  /** How many definitions there were, with and without errors. */
  readonly definitions: number;
}

/** No file that people write is as long. */
export const LARGEST_FILE = 256 * 1024;

/** More findings in one file than people, or the hosts that show them, can use. */
const MOST_FINDINGS = 100;

/**
 * Reads the transforms of files and folders and checks them.
 *
 * A JSON file is a definition when a Python file of its name stands beside it, or when it has a member that only a
 * definition has; other JSON files are left alone.
 *
 * @throws BadInput for a path that is not there or leads out of the workspace
 */
export async function readTransforms({ paths, workspace, glueVersions = [] }: ReadRequest): Promise<ReadResult> {
  const files = await findFiles(paths, workspace);
  const modules = modulesByFolder(files.pythonFiles);
  const findings: TransformFinding[] = [...files.findings];
  const read: {
    readonly definition: PlacedDefinition;
    readonly transform: Transform | undefined;
    readonly of: string;
  }[] = [];
  let definitions = 0;
  for (const file of files.definitions) {
    const pair = await readPair(file, modules, workspace, glueVersions);
    if (pair === undefined) continue;
    definitions++;
    for (const finding of capped(pair.findings)) findings.push(finding);
    if (pair.definition !== undefined) read.push({ definition: pair.definition, transform: pair.transform, of: file });
  }
  for (const finding of checkSharedNames(read.map(({ definition }) => definition))) findings.push(finding);
  const broken = new Set(
    findings.filter(({ level }) => level === 'error').map(({ file }) => file.replace(/\.(json|py)$/, '')),
  );
  const transforms = read.flatMap(({ transform, of }) =>
    transform === undefined || broken.has(of.replace(/\.json$/, '')) ? [] : [transform],
  );
  return { transforms, findings: sorted(findings), definitions };
}

interface Pair {
  readonly definition: PlacedDefinition | undefined;
  readonly transform: Transform | undefined;
  readonly findings: readonly TransformFinding[];
}

/** Undefined for a JSON file that is no definition. */
async function readPair(
  file: string,
  modules: ModulesByFolder,
  workspace: string,
  glueVersions: readonly GlueVersion[],
): Promise<Pair | undefined> {
  const pythonPath = file.replace(/\.json$/, '.py');
  const beside = modules.get(path.posix.dirname(file)) ?? new Set();
  const stem = path.posix.basename(file, '.json');
  const hasPython = beside.has(stem);
  const json = await readText(file, workspace);
  if ('finding' in json)
    return hasPython ? { definition: undefined, transform: undefined, findings: [json.finding] } : undefined;
  const { definition, findings: inDefinition } = readDefinition(json.source);
  if (!hasPython && !looksLikeDefinition(json.source.text)) return undefined;
  const findings = [...inDefinition];
  if (definition !== undefined) findings.push(...checkNames(definition), ...checkFileName(definition, file));
  if (!hasPython) {
    findings.push(pythonMissing(definition, json.source, stem, beside));
    return { definition, transform: undefined, findings };
  }
  const python = await readText(pythonPath, workspace);
  if ('finding' in python) return { definition, transform: undefined, findings: [...findings, python.finding] };
  for (const finding of checkPythonFile(python.source, definition, glueVersions, beside)) findings.push(finding);
  const plain = definition === undefined ? undefined : plainDefinition(definition);
  const transform =
    plain === undefined
      ? undefined
      : { name: plain.name, definition: plain, definitionFile: json.file, pythonFile: python.file };
  return { definition, transform, findings };
}

function checkPythonFile(
  source: SourceText,
  definition: PlacedDefinition | undefined,
  glueVersions: readonly GlueVersion[],
  neighbours: ReadonlySet<string>,
): readonly TransformFinding[] {
  const tree = parsePython(source);
  if ('rule' in tree) return [findingAt(tree.rule, source, tree.offset, tree.message)];
  const module = readModule(tree);
  return [
    ...checkPython(module, glueVersions, neighbours),
    ...(definition === undefined ? [] : checkAgreement(definition, module)),
  ];
}

function checkFileName({ source, name }: PlacedDefinition, file: string): readonly TransformFinding[] {
  const stem = path.posix.basename(file, '.json');
  if (name === undefined || name.value === stem) return [];
  const message = `the definition's name is '${name.value}', but the file's is '${shorten(stem)}'; Glue Studio pairs files by their names, so name both files '${name.value}', or change 'name'`;
  return [findingAt('file-name-differs', source, name.node.offset, message)];
}

function pythonMissing(
  definition: PlacedDefinition | undefined,
  source: SourceText,
  stem: string,
  beside: ReadonlySet<string>,
): TransformFinding {
  const meant = nearest(stem, [...beside]);
  const advice = meant === undefined ? 'add it' : `did you mean to name '${meant}.py' so?`;
  const message = `there is no '${shorten(stem)}.py' beside the definition, so that Glue Studio does not show the transform; ${advice}`;
  return findingAt('python-missing', source, definition?.name?.node.offset ?? 0, message);
}

/** The names of the Python files of each folder, without their ends. */
type ModulesByFolder = ReadonlyMap<string, ReadonlySet<string>>;

function modulesByFolder(pythonFiles: ReadonlySet<string>): ModulesByFolder {
  const modules = new Map<string, Set<string>>();
  for (const file of pythonFiles) {
    const folder = path.posix.dirname(file);
    const names = modules.get(folder);
    if (names === undefined) modules.set(folder, new Set([path.posix.basename(file, '.py')]));
    else names.add(path.posix.basename(file, '.py'));
  }
  return modules;
}

/** A member that only a definition has, wherever it stands: also in a file that is not quite JSON. */
function looksLikeDefinition(text: string): boolean {
  return /"functionName"\s*:/.test(text);
}

async function readText(
  file: string,
  workspace: string,
): Promise<{ readonly source: SourceText; readonly file: SourceFile } | { readonly finding: TransformFinding }> {
  const content = await readLimited(path.join(workspace, file));
  if (content === undefined) {
    const message = `the file has more than ${LARGEST_FILE / 1024} KiB; keep data and helpers out of it`;
    return { finding: findingOnLine('file-too-large', file, 1, message) };
  }
  const decoded = decodeSource({ path: file, content });
  if (decoded instanceof SourceText) return { source: decoded, file: { path: file, content } };
  const message = 'the line has bytes that are not UTF-8; save the file as UTF-8';
  return { finding: findingOnLine('not-utf8', file, decoded.wrongLine, message) };
}

/** The file's content; undefined when there is too much of it. */
async function readLimited(place: string): Promise<Buffer | undefined> {
  const handle = await open(place);
  try {
    const { size } = await handle.stat();
    return size > LARGEST_FILE ? undefined : await handle.readFile();
  } finally {
    await handle.close();
  }
}

function sorted(findings: readonly TransformFinding[]): readonly TransformFinding[] {
  const key = ({ file, line, rule }: TransformFinding) => [file, line, rule] as const;
  return [...findings].sort((a, b) => {
    const [fileA, lineA, ruleA] = key(a);
    const [fileB, lineB, ruleB] = key(b);
    return compareText(fileA, fileB) || lineA - lineB || compareText(ruleA, ruleB);
  });
}

/** The first findings of each file, and one that says how many there are. */
function capped(findings: readonly TransformFinding[]): readonly TransformFinding[] {
  if (findings.length <= MOST_FINDINGS) return findings;
  return [...Map.groupBy(findings, ({ file }) => file)].flatMap(([file, ofFile]) => {
    if (ofFile.length <= MOST_FINDINGS) return ofFile;
    const message = `the file has ${ofFile.length} findings, of which ${MOST_FINDINGS} are shown; correct these first`;
    return [...ofFile.slice(0, MOST_FINDINGS), findingOnLine('too-many-findings', file, 1, message)];
  });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
