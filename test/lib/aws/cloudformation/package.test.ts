import { chmod, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { planPackage } from '../../../../lib/aws/cloudformation/package.ts';
import { PACKAGE_PROPERTIES } from '../../../../lib/aws/cloudformation/package-properties.ts';
import { TemplateError } from '../../../../lib/aws/cloudformation/template.ts';
import { readZip } from './read-zip.ts';
import { withWorkspace } from './workspace.ts';

const locate = (key: string) => ({ bucket: 'b', key, url: `https://b.example/${key}`, uri: `s3://b/${key}` });
const plan = (workspace: string, templateFile = 'template.yaml') => planPackage({ templateFile, workspace });

function resource(id: string, type: string, properties: string): string {
  return `  ${id}:\n    Type: ${type}\n    Properties: { ${properties} }\n`;
}
const lambda = (id: string, code: string) => resource(id, 'AWS::Lambda::Function', `Code: ${code}`);
const stack = (id: string, url: string) => resource(id, 'AWS::CloudFormation::Stack', `TemplateURL: ${url}`);

async function problemsOf(workspace: string): Promise<string[]> {
  const error = await plan(workspace).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(TemplateError);
  return (error as TemplateError).message.split('. Next:')[0]!.split('\n');
}

describe('what is packaged', () => {
  test.each(PACKAGE_PROPERTIES)('$type $property', async ({ type, property, kind, location }) => {
    const value = property.split('.').reduceRight((inner, key) => `{ ${key}: ${inner} }`, './local.txt');
    const text = `Resources:\n  R:\n    Type: ${type}\n    Properties: ${value}\n`;
    const local = kind === 'template' ? 'Resources: { T: { Type: AWS::SNS::Topic } }\n' : 'content';
    await withWorkspace({ 'template.yaml': text, 'local.txt': local }, async (workspace) => {
      const packaged = await plan(workspace);
      const { assets, templateText } = packaged.place(locate);
      expect(assets).toHaveLength(1);
      expect(assets[0]).toMatchObject({
        kind: kind === 'template' ? 'template' : kind === 'archive' ? 'zip' : 'file',
        source: 'local.txt',
        usedBy: [`R.${property}`],
      });
      const { key, url, uri } = locate(assets[0]!.key);
      const expected =
        location.form === 'map' ? { [location.bucket]: 'b', [location.key]: key } : location.form === 'uri' ? uri : url;
      expect(templateText).toBe(text.replace('./local.txt', JSON.stringify(expected)));
    });
  });

  test("SAM's Globals and AWS::Include, wherever a macro may stand", async () => {
    const text = `Transform:
  - AWS::Serverless-2016-10-31
  - { Name: AWS::Include, Parameters: { Location: ./a.yaml } }
Globals: { Function: { CodeUri: ./src } }
Resources:
  Fn::Transform: { Name: AWS::Include, Parameters: { Location: ./b.yaml } }
  F: { Type: AWS::Serverless::Function, Properties: { Tags: !Transform { Name: AWS::Include, Parameters: { Location: ./c.yaml } } } }
`;
    await withWorkspace(
      { 'template.yaml': text, 'a.yaml': 'a', 'b.yaml': 'b', 'c.yaml': 'c', 'src/x.js': '' },
      async (workspace) => {
        const { assets } = await plan(workspace);
        expect(assets.map(({ source, usedBy }) => [source, ...usedBy])).toEqual([
          ['a.yaml', 'AWS::Include.Location'],
          ['src', 'Globals.Function.CodeUri'],
          ['b.yaml', 'AWS::Include.Location'],
          ['c.yaml', 'AWS::Include.Location'],
        ]);
      },
    );
  });

  test('what is in S3 already, computed, inline or left out stays as it is', async () => {
    const text = `Resources:\n${[
      lambda('A', '{ S3Bucket: b, S3Key: k }'),
      lambda('B', '{ ZipFile: "./src" }'),
      lambda('C', '!Sub ./src'),
      lambda('D', ''),
      resource('E', 'AWS::Serverless::Function', 'CodeUri: s3://b/k'),
      stack('F', 'https://example.com/t.yaml'),
      stack('G', '!If [A, ./a, ./b]'),
      resource('H', 'AWS::Serverless::Function', 'InlineCode: x'),
      resource('I', 'AWS::Serverless::Application', 'Location: { ApplicationId: a, SemanticVersion: 1.0.0 }'),
      resource('J', 'AWS::SNS::Topic', 'Code: ./src'),
    ].join('')}`;
    await withWorkspace({ 'template.yaml': text, 'src/x': '' }, async (workspace) => {
      const packaged = await plan(workspace);
      expect(packaged.assets).toEqual([]);
      expect(packaged.templateText(locate)).toBe(text);
    });
  });

  test('one content used several times is one asset', async () => {
    const text = `Resources:\n${lambda('A', './one')}${lambda('B', './one/')}${lambda('C', './two')}`;
    await withWorkspace({ 'template.yaml': text, 'one/x': '1', 'two/x': '1' }, async (workspace) => {
      const { assets } = await plan(workspace);
      expect(assets).toMatchObject([{ source: 'one', bytes: 1, usedBy: ['A.Code', 'B.Code', 'C.Code'] }]);
    });
  });

  test('a zip is taken as it is, whatever its name; another file is zipped alone', async () => {
    const zip = Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)]);
    const text = `Resources:\n${lambda('A', 'a.JAR')}${lambda('B', 'b.pkg')}${lambda('C', 'c.py')}`;
    await withWorkspace(
      { 'template.yaml': text, 'a.JAR': zip, 'b.pkg': Buffer.concat([zip]), 'c.py': 'x' },
      async (workspace) => {
        await chmod(path.join(workspace, 'c.py'), 0o600);
        const packaged = await plan(workspace);
        expect(packaged.assets.map(({ kind, key }) => [kind, path.extname(key)])).toEqual([
          ['file', '.jar'],
          ['file', '.zip'],
          ['zip', '.zip'],
        ]);
        const opened = await packaged.open(packaged.assets[0]!);
        expect(await buffer(opened.stream)).toEqual(zip);
        const { stream } = await packaged.open(packaged.assets[2]!);
        expect(readZip(await buffer(stream))).toMatchObject([
          { name: 'c.py', mode: 0o100644, content: Buffer.from('x') },
        ]);
      },
    );
  });

  test('more than Lambda takes unzipped is a note', async () => {
    const text = `Resources:\n${lambda('A', './src')}`;
    await withWorkspace({ 'template.yaml': text, 'src/x': '' }, async (workspace) => {
      const { truncate } = await import('node:fs/promises');
      await truncate(path.join(workspace, 'src/x'), 250 * 1024 * 1024 + 1);
      const { notes } = await plan(workspace);
      expect(notes).toEqual(["A.Code: './src' has 262144001 bytes; Lambda takes at most 262144000 unzipped"]);
    });
  });

  test('an opened file that changed since the plan fails at its end', async () => {
    const text = `Resources:\n${resource('J', 'AWS::Glue::Job', 'Command: { ScriptLocation: job.py }')}`;
    await withWorkspace({ 'template.yaml': text, 'job.py': 'one' }, async (workspace) => {
      const packaged = await plan(workspace);
      await writeFile(path.join(workspace, 'job.py'), 'two');
      const { stream, length } = await packaged.open(packaged.assets[0]!);
      expect(length).toBe(3);
      await expect(buffer(stream)).rejects.toThrow('changed while it was being packaged');
    });
  });
});

describe('nested templates', () => {
  const leaf = `Resources:\n${lambda('F', '../src')}${resource('R', 'AWS::IAM::Role', 'RoleName: x')}`;
  const FILES = {
    'template.yaml': `Resources:\n${stack('Middle', './nested/middle.yaml')}${stack('Leaf', './nested/leaf.yaml')}`,
    'nested/middle.yaml': `Resources:\n${stack('Leaf', './leaf.yaml')}`,
    'nested/leaf.yaml': leaf,
    'src/index.js': 'x',
  };

  test('are named by their rewritten text, bottom up, and come after what they refer to', async () => {
    await withWorkspace(FILES, async (workspace) => {
      const packaged = await plan(workspace);
      const { assets, templateText } = packaged.place(locate);
      expect(assets.map(({ source, usedBy }) => [source, usedBy])).toEqual([
        ['src', ['nested/leaf.yaml: F.Code']],
        ['nested/leaf.yaml', ['nested/middle.yaml: Leaf.TemplateURL', 'Leaf.TemplateURL']],
        ['nested/middle.yaml', ['Middle.TemplateURL']],
      ]);
      const [code, leafAsset, middleAsset] = assets;
      const texts = await Promise.all(
        [leafAsset!, middleAsset!].map(async (asset) => {
          const { stream, length } = await packaged.open(asset);
          const content = await buffer(stream);
          expect(content.length).toBe(length);
          expect(length).toBe(asset.bytes);
          return content.toString();
        }),
      );
      expect(texts[0]).toBe(leaf.replace('../src', `{"S3Bucket":"b","S3Key":"${code!.key}"}`));
      expect(texts[1]).toContain(`TemplateURL: "https://b.example/${leafAsset!.key}"`);
      expect(templateText).toContain(`TemplateURL: "https://b.example/${middleAsset!.key}"`);
      expect(packaged.capabilities.map(({ name }) => name)).toEqual(['CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND']);
    });
  });

  test('have other names in another bucket, local code has not', async () => {
    await withWorkspace(FILES, async (workspace) => {
      const packaged = await plan(workspace);
      const here = packaged.place(locate).assets.map(({ key }) => key);
      const there = packaged.place((key) => ({ ...locate(key), bucket: 'c' })).assets.map(({ key }) => key);
      expect(there[0]).toBe(here[0]);
      expect(there[1]).not.toBe(here[1]);
    });
  });

  test('in a cycle are refused with the chain', async () => {
    const files = {
      'template.yaml': `Resources:\n${stack('A', 'a.yaml')}`,
      'a.yaml': `Resources:\n${stack('B', 'b.yaml')}`,
      'b.yaml': `Resources:\n${stack('A', './a.yaml')}`,
    };
    await withWorkspace(files, async (workspace) => {
      expect(await problemsOf(workspace)).toEqual([
        "b.yaml:4:32: A.TemplateURL: './a.yaml' makes the nested templates a cycle: a.yaml → b.yaml → a.yaml",
      ]);
    });
  });

  test('with problems are told with those of the template', async () => {
    const files = {
      'template.yaml': `Resources:\n${stack('A', 'a.yaml')}${lambda('F', './missing')}`,
      'a.yaml': 'Resources: []\n',
    };
    await withWorkspace(files, async (workspace) => {
      expect(await problemsOf(workspace)).toEqual([
        "a.yaml:1:12: 'Resources' is not a map",
        expect.stringContaining("template.yaml:7:25: F.Code: './missing' does not exist"),
      ]);
    });
  });
});

describe('what is refused', () => {
  test('every path that cannot be packaged, together, with resource, property and line', async () => {
    const text = `Resources:
${lambda('Missing', './nowhere')}${lambda('Above', '../../etc/passwd')}${lambda('Absolute', '/etc/passwd')}
${lambda('Link', './link')}${lambda('Fake', './fake.zip')}${lambda('Empty', "''")}${lambda('Tagged', '!!str ./src')}
${resource('Folder', 'AWS::Glue::Job', 'Command: { ScriptLocation: ./src }')}${stack('Nested', './src')}
  Block:
    Type: AWS::Lambda::Function
    Properties:
      Code: >-
        ./src
`;
    await withWorkspace(
      { 'in/template.yaml': text, 'in/fake.zip': 'x', 'in/src/a': '', 'out/secret': 'x' },
      async (outer) => {
        const workspace = path.join(outer, 'in');
        await symlink('../out', path.join(workspace, 'link'));
        const problems = await problemsOf(workspace);
        expect(problems).toEqual([
          "template.yaml:4:25: Missing.Code: './nowhere' does not exist; a path is relative to the folder of the template. Was the code built?",
          "template.yaml:7:25: Above.Code: '../../etc/passwd' is outside the workspace",
          "template.yaml:10:25: Absolute.Code: '/etc/passwd' is outside the workspace",
          "template.yaml:14:25: Link.Code: './link' is a symbolic link that leads out of the workspace",
          "template.yaml:17:25: Fake.Code: './fake.zip' is named .zip but is not a zip file",
          "template.yaml:20:25: Empty.Code: '' is not a path",
          "template.yaml:23:31: Tagged.Code: './src' has a YAML tag; write the path without it",
          "template.yaml:27:46: Folder.Command.ScriptLocation: './src' is a folder; this property takes a file",
          "template.yaml:30:32: Nested.TemplateURL: './src' is not a file; this property takes a template",
          "template.yaml:35:13: Block.Code: './src' is a block text; write the path on one line",
        ]);
      },
    );
  });

  test.each([
    ['missing.yaml', 'missing.yaml: does not exist'],
    ['../template.yaml', '../template.yaml: is outside the workspace'],
    ['binary.yaml', 'binary.yaml: is not text in UTF-8'],
    ['.', 'is not a file'],
  ])('the template %s', async (templateFile, message) => {
    const files = { 'template.yaml': 'Resources: {}', 'in/binary.yaml': Buffer.from([0x61, 0xff]) };
    await withWorkspace(files, async (outer) => {
      await expect(plan(path.join(outer, 'in'), templateFile)).rejects.toThrow(message);
    });
  });

  test('a rewritten template that has become too large', async () => {
    const text = `Resources:\n${lambda('F', './src')}`;
    const filler = `# ${'x'.repeat(1_000_000 - text.length - 3)}\n`;
    await withWorkspace({ 'template.yaml': filler + text, 'src/a': '' }, async (workspace) => {
      const packaged = await plan(workspace);
      expect(() => packaged.templateText(locate)).toThrow(
        'with the locations in S3; CloudFormation accepts at most 1000000',
      );
    });
  });
});
