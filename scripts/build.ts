// Builds what users run: dist/ (one bundle with lazily loaded chunks, a launcher an operation, and the process that DuckDB
// runs in) and the zips of the stacks' functions. `node scripts/build.ts [--out DIRECTORY]`.
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { minify } from 'terser';
import { zipFolder } from './build/zip-folder.ts';
import { launcherName } from './generate/action-file.ts';
import { scanOperations } from './generate/scan.ts';

const root = path.resolve(import.meta.dirname, '..');
const NCC = path.join(root, 'node_modules', '@vercel', 'ncc', 'dist', 'ncc', 'cli.js');
const TSC = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');

await compile();
await bundleProgram();
await bundleEngineProcess();
await bundleFunctions();

/** TypeScript to JavaScript in build/, so that the bundler needs no TypeScript of its own. */
async function compile(): Promise<void> {
  await rm(path.join(root, 'build'), { recursive: true, force: true });
  await execa(process.execPath, [TSC, '--project', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  await writeFile(path.join(root, 'build', 'package.json'), '{ "type": "module" }\n');
  await rewriteRemainingImports(path.join(root, 'build'));
}

/**
 * TypeScript 6.0.3 rewrites './x.ts' to './x.js' everywhere but in an `import()` inside an `export default` expression,
 * which is where operations load their hooks.
 */
async function rewriteRemainingImports(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.js')) continue;
    const file = path.join(entry.parentPath, entry.name);
    const text = await readFile(file, 'utf8');
    const rewritten = text.replace(/(\bimport\('\.{1,2}\/[^']*)\.ts'\)/g, "$1.js')");
    if (rewritten !== text) await writeFile(file, rewritten);
  }
}

async function bundleProgram(): Promise<void> {
  const dist = path.join(root, 'dist');
  await rm(dist, { recursive: true, force: true });
  await ncc(path.join(root, 'build', 'actions', 'main.js'), dist, ['--license', 'licenses.txt']);
  await mkdir(path.join(dist, 'doors'));
  const launch = (from: string, ...parts: string[]) =>
    `import { start } from '${from}';\nawait start(${parts.join(', ')});\n`;
  for (const { operation } of await scanOperations(root)) {
    const name = launcherName(operation.name);
    await writeFile(path.join(dist, 'doors', `${name}.js`), launch('../index.js', `'${operation.name}'`));
    if (operation.cleanup !== undefined) {
      await writeFile(
        path.join(dist, 'doors', `${name}-post.js`),
        launch('../index.js', `'${operation.name}'`, 'true'),
      );
    }
  }
  await writeFile(path.join(dist, 'doors', 'any.js'), launch('../index.js', "'*'"));
  await writeFile(path.join(dist, 'doors', 'any-post.js'), launch('../index.js', "'*'", 'true'));
  await writeFile(path.join(dist, 'headgate.js'), `#!/usr/bin/env node\n${launch('./index.js')}`);
  await chmod(path.join(dist, 'headgate.js'), 0o755);
}

/** What `warehouse-benchmark` runs DuckDB in: a process that loads nothing else of ours. */
async function bundleEngineProcess(): Promise<void> {
  const entry = path.join(root, 'build', 'actions', 'warehouse-benchmark', 'engine', 'duckdb', 'program.js');
  await ncc(entry, path.join(root, 'dist', 'duckdb'), []);
}

/** Each `stacks/<scenario>/functions/<name>/index.ts` becomes `functions/<name>.zip`, with its packages in it. */
async function bundleFunctions(): Promise<void> {
  for (const scenario of await readdir(path.join(root, 'stacks'))) {
    const functions = path.join(root, 'stacks', scenario, 'functions');
    for (const name of await readdir(functions).catch(() => [])) {
      if (!(await stat(path.join(functions, name))).isDirectory()) continue;
      const out = path.join(root, 'build', 'functions', scenario, name);
      await ncc(path.join(root, 'build', 'stacks', scenario, 'functions', name, 'index.js'), out, [
        '--license',
        'licenses.txt',
      ]);
      await zipFolder(out, path.join(functions, `${name}.zip`));
    }
  }
}

async function ncc(entry: string, out: string, more: readonly string[]): Promise<void> {
  await execa(process.execPath, [NCC, 'build', entry, '--out', out, '--no-cache', '--quiet', ...more], {
    cwd: root,
    stdio: 'inherit',
  });
  await minifyFolder(out);
}

/**
 * ncc itself minifies the entry and none of the chunks. Names of classes and functions stay: errors and the AWS SDK tell
 * them.
 */
async function minifyFolder(folder: string): Promise<void> {
  for (const name of (await readdir(folder)).filter((entry) => entry.endsWith('.js'))) {
    const file = path.join(folder, name);
    const names = { keep_classnames: true, keep_fnames: true };
    const { code } = await minify(await readFile(file, 'utf8'), { module: true, compress: false, mangle: names });
    if (code === undefined) throw new Error(`${file} cannot be minified`);
    await writeFile(file, code);
  }
}
