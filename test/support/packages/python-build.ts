import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const SETUPTOOLS = 'setuptools==80.9.0';
const run = promisify(execFile);
const cache = path.join(import.meta.dirname, '..', '..', '..', '.cache');

/** Builds the wheel and the sdist of a folder with a pyproject.toml, as setuptools does. @returns the folder of both */
export async function buildPython(folder: string): Promise<string> {
  const output = path.join(folder, 'dist');
  await mkdir(output);
  const program = 'import sys; from setuptools import build_meta as b; b.build_sdist("dist"); b.build_wheel("dist")';
  await run(await pythonWithSetuptools(), ['-c', program], { cwd: folder });
  return output;
}

/** The folder of a Python package of one module, with metadata of many kinds. */
export async function writePythonProject(folder: string, { version }: { version: string }): Promise<void> {
  await mkdir(path.join(folder, 'acme_shop'), { recursive: true });
  await writeFile(path.join(folder, 'acme_shop', '__init__.py'), '');
  await writeFile(path.join(folder, 'README.md'), '# Shop\n\nText: not a header. Größe.\n');
  await writeFile(path.join(folder, 'LICENSE'), 'A licence\n');
  await writeFile(
    path.join(folder, 'pyproject.toml'),
    `[build-system]
requires = ["${SETUPTOOLS}"]
build-backend = "setuptools.build_meta"
[project]
name = "Acme.Shop"
version = "${version}"
description = "A sample of Jörg"
readme = "README.md"
requires-python = ">=3.8"
license = "MIT"
license-files = ["LICENSE"]
keywords = ["one", "two words"]
authors = [{ name = "Jörg", email = "joerg@example.com" }]
maintainers = [{ name = "Ada" }]
classifiers = ["Programming Language :: Python :: 3", "Topic :: Utilities"]
dependencies = ["attrs>=20", "tomli; python_version < '3.11'"]
[project.optional-dependencies]
fast = ["numpy"]
[project.urls]
Homepage = "https://example.com"
Source = "https://example.com/source"
[tool.setuptools]
packages = ["acme_shop"]
`,
  );
}

/** In a virtual environment of its own, made at the first use and kept in `.cache`. */
async function pythonWithSetuptools(): Promise<string> {
  const directory = path.join(cache, SETUPTOOLS.replace('==', '-'));
  const python = path.join(directory, 'bin', 'python');
  if (existsSync(python)) return python;
  const draft = `${directory}.${process.pid}`;
  await run('python3', ['-m', 'venv', draft]);
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', SETUPTOOLS];
  await run(path.join(draft, 'bin', 'python'), install);
  // Another test process may have been first.
  await rename(draft, directory).catch(() => rm(draft, { recursive: true, force: true }));
  return python;
}
