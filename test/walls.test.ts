import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';

/** A source file of the project, by its path from the root with `/`. */
interface Source {
  readonly file: string;
  readonly text: string;
}

interface Import {
  /** Path from the root for a file of the project, otherwise the package's specifier. */
  readonly target: string;
  readonly typeOnly: boolean;
}

interface Wall {
  readonly rule: string;
  /** What breaks the rule in this file, as phrases. */
  readonly breaches: (source: Source) => string[];
  /** Texts that break it; each must be found. */
  readonly broken: readonly Source[];
  /** Texts that come near and are allowed. */
  readonly allowed: readonly Source[];
}

const root = path.resolve(import.meta.dirname, '..');
const FOLDERS = ['actions', 'engines', 'lib', 'local-aws', 'scripts', 'stacks'];

const within = (file: string, ...folders: readonly string[]) => folders.some((folder) => file.startsWith(`${folder}/`));
const scenarioOf = (file: string) => /^actions\/([^/]+)\//.exec(file)?.[1];

/** Nothing of the first folder may import from the others. */
function forbidden(from: string, ...others: readonly string[]): (source: Source) => string[] {
  return (source) =>
    within(source.file, from)
      ? importsOf(source)
          .filter(({ target }) => within(target, ...others))
          .map(({ target }) => `imports ${target}`)
      : [];
}

const WALLS: readonly Wall[] = [
  {
    rule: 'lib imports nothing from actions, engines, local-aws or scripts',
    breaches: forbidden('lib', 'actions', 'engines', 'local-aws', 'scripts'),
    broken: [
      { file: 'lib/aws/a.ts', text: "import { operations } from '../../actions/operations.ts';" },
      { file: 'lib/a.ts', text: "const { start } = await import('../local-aws/start.ts');" },
      { file: 'lib/a.ts', text: "export * from '../scripts/build.ts';" },
      { file: 'lib/a.ts', text: "import type { Call } from '../local-aws/calls.ts';" },
      { file: 'lib/a.ts', text: "import '../scripts/build.ts';" },
      { file: 'lib/a.ts', text: "import { cacheDirectory } from '../engines/cache.ts';" },
    ],
    allowed: [
      {
        file: 'lib/a.ts',
        text: "// import { x } from '../actions/operations.ts';\nconst text = \"from '../actions/x.ts'\";",
      },
      { file: 'actions/a/b.ts', text: "import { badInput } from '../../lib/errors.ts';" },
    ],
  },
  {
    rule: 'a scenario imports no other scenario',
    breaches: (source) => {
      const own = scenarioOf(source.file);
      if (own === undefined) return [];
      return importsOf(source)
        .filter(({ target }) => ![undefined, own].includes(scenarioOf(target)))
        .map(({ target }) => `imports ${target}`);
    },
    broken: [{ file: 'actions/one/a.ts', text: "import { name } from '../two/name.ts';" }],
    allowed: [
      { file: 'actions/one/a.ts', text: "import { name } from './name.ts';\nimport { y } from '../../lib/y.ts';" },
      { file: 'actions/operations.ts', text: "const load = () => import('./two/name.ts');" },
    ],
  },
  {
    rule: 'only lib/hosts imports @actions/*',
    breaches: (source) =>
      within(source.file, 'lib/hosts')
        ? []
        : importsOf(source)
            .filter(({ target }) => target.startsWith('@actions/'))
            .map(({ target }) => `imports ${target}`),
    broken: [
      { file: 'actions/one/a.ts', text: "import { getInput } from '@actions/core';" },
      { file: 'lib/operation/a.ts', text: "const github = await import('@actions/github');" },
    ],
    allowed: [{ file: 'lib/hosts/github-api.ts', text: "const { getOctokit } = await import('@actions/github');" }],
  },
  {
    rule: 'the environment is read by hosts, the HTTP, AWS and registry clients, the engines, the process entry, the tools and the functions of stacks only',
    breaches: (source) => (readsEnvironment(source.file) ? [] : environmentUses(source)),
    broken: [
      { file: 'actions/one/a.ts', text: 'const ref = process.env.GITHUB_REF;' },
      { file: 'lib/naming/a.ts', text: "const { CI } = process['env'];" },
      { file: 'lib/operation/a.ts', text: "import { env } from 'node:process';" },
      { file: 'lib/report/a.ts', text: "import process from 'node:process';\nconst { env } = process;" },
    ],
    allowed: [
      { file: 'lib/hosts/github.ts', text: 'const ref = process.env.GITHUB_REF;' },
      { file: 'stacks/one/functions/web/index.ts', text: 'const { TABLE } = process.env;' },
      { file: 'lib/a.ts', text: '// process.env is read elsewhere' },
    ],
  },
  {
    rule: 'only lib/aws imports AWS clients at run time',
    breaches: (source) =>
      within(source.file, 'lib/aws') || /^stacks\/[^/]+\/functions\//.test(source.file)
        ? []
        : importsOf(source)
            .filter(({ target, typeOnly }) => /^@(aws-sdk|smithy)\//.test(target) && !typeOnly)
            .map(({ target }) => `imports ${target}`),
    broken: [
      { file: 'actions/one/a.ts', text: "import { S3 } from '@aws-sdk/client-s3';" },
      { file: 'actions/one/a.ts', text: "const { S3 } = await import('@aws-sdk/client-s3');" },
      // Without `import type` the module is loaded, although nothing of it is left but its side effects.
      { file: 'lib/report/a.ts', text: "import { type Change } from '@aws-sdk/client-cloudformation';" },
      { file: 'lib/report/a.ts', text: "export { S3 } from '@aws-sdk/client-s3';" },
    ],
    allowed: [
      { file: 'actions/one/a.ts', text: "import type { Change } from '@aws-sdk/client-cloudformation';" },
      { file: 'lib/aws/clients.ts', text: "const { S3 } = await import('@aws-sdk/client-s3');" },
      { file: 'stacks/one/functions/web/index.ts', text: "import { DynamoDB } from '@aws-sdk/client-dynamodb';" },
    ],
  },
  {
    rule: 'engines imports neither lib, actions, local-aws nor scripts',
    breaches: forbidden('engines', 'lib', 'actions', 'local-aws', 'scripts'),
    broken: [
      { file: 'engines/a.ts', text: "import { OperationFailed } from '../lib/errors.ts';" },
      { file: 'engines/duckdb/a.ts', text: "import type { Engine } from '../../actions/one/engine.ts';" },
      { file: 'engines/a.ts', text: "import { LocalAwsError } from '../local-aws/local-aws-error.ts';" },
      { file: 'engines/a.ts', text: "import '../scripts/build.ts';" },
    ],
    allowed: [
      { file: 'engines/duckdb/a.ts', text: "import { complete } from '../cache.ts';" },
      { file: 'actions/one/a.ts', text: "import { installDuckdb } from '../../engines/duckdb/install.ts';" },
      { file: 'local-aws/a.ts', text: "import { installDuckdb } from '../engines/duckdb/install.ts';" },
    ],
  },
  {
    rule: 'local-aws imports neither lib nor actions',
    breaches: forbidden('local-aws', 'lib', 'actions'),
    broken: [
      { file: 'local-aws/a.ts', text: "import { HeadgateError } from '../lib/errors.ts';" },
      { file: 'local-aws/fakes/a.ts', text: "import type { Host } from '../../lib/hosts/host.ts';" },
      { file: 'local-aws/a.ts', text: "import { list } from '../actions/help.ts';" },
    ],
    allowed: [{ file: 'local-aws/fakes/a.ts', text: "import { awsError } from '../aws-error.ts';" }],
  },
];

describe.each(WALLS)('$rule', ({ breaches, broken, allowed }) => {
  test('in the whole tree', () => {
    const found = sources.flatMap((source) => breaches(source).map((breach) => `${source.file} ${breach}`));
    expect(found).toEqual([]);
  });

  test.each(broken)('$file: $text is found', (source) => expect(breaches(source)).toHaveLength(1));

  test.each(allowed)('$file: $text is allowed', (source) => expect(breaches(source)).toEqual([]));
});

test('the scan sees every part of the tree', () => {
  const parts = new Set(sources.map(({ file }) => file.split('/')[0]));
  expect([...parts].sort()).toEqual(FOLDERS);
  const entry = sources.find(({ file }) => file === 'actions/main.ts');
  expect(importsOf(entry!)).toContainEqual({ target: 'lib/operation/run.ts', typeOnly: false });
});

function readsEnvironment(file: string): boolean {
  return (
    file === 'actions/main.ts' ||
    within(file, 'lib/hosts', 'lib/aws', 'lib/net', 'lib/registry', 'engines', 'local-aws', 'scripts') ||
    /^stacks\/[^/]+\/functions\//.test(file)
  );
}

/** What a file imports, statically and dynamically. A computed specifier is not seen. */
function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const isFile = specifier.text.startsWith('.');
    const target = isFile ? path.posix.join(path.posix.dirname(source.file), specifier.text) : specifier.text;
    found.push({ target, typeOnly });
  };
  walk(source, (node) => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    }
  });
  return found;
}

/** Uses of `process.env` and of `env` from `node:process`. */
function environmentUses(source: Source): string[] {
  const found = importsOf(source)
    .filter(({ target }) => /^(node:)?process$/.test(target))
    .map(({ target }) => `imports ${target}`);
  walk(source, (node) => {
    const isDot = ts.isPropertyAccessExpression(node) && node.name.text === 'env';
    const isBracket =
      ts.isElementAccessExpression(node) &&
      ts.isStringLiteralLike(node.argumentExpression) &&
      node.argumentExpression.text === 'env';
    if ((isDot || isBracket) && node.expression.getText() === 'process') found.push('reads process.env');
  });
  return found;
}

function walk(source: Source, visit: (node: ts.Node) => void): void {
  const each = (node: ts.Node): void => {
    visit(node);
    ts.forEachChild(node, each);
  };
  each(parse(source));
}

/** Each rule looks at all sources, and parsing them takes the time. */
const parsed = new Map<Source, ts.SourceFile>();
function parse(source: Source): ts.SourceFile {
  const known = parsed.get(source);
  if (known !== undefined) return known;
  const made = ts.createSourceFile(source.file, source.text, ts.ScriptTarget.Latest, true);
  parsed.set(source, made);
  return made;
}

function readSources(): Source[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => !file.split(path.sep).includes('node_modules'))
      .map((file) => ({
        file: path.relative(root, file).split(path.sep).join('/'),
        text: readFileSync(file, 'utf8'),
      })),
  );
}

const sources = readSources();
