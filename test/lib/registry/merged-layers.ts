import type { TestFile } from '../../support/test-image.ts';

/** What is at a path when all layers are unpacked one over the other. */
type Node =
  | { kind: 'directory' }
  | { kind: 'symlink'; target: string }
  | { kind: 'file'; layer: number; content: string };

/** Unpacks layers into memory, the plain way: removes what a layer removes, then puts what it has. */
export function mergeLayers(layers: readonly (readonly TestFile[])[]): Map<string, Node> {
  const merged = new Map<string, Node>();
  const remove = (path: string, itself: boolean) => {
    for (const known of [...merged.keys()]) {
      if ((itself && known === path) || known.startsWith(path === '' ? '' : `${path}/`)) merged.delete(known);
    }
  };
  layers.forEach((files, layer) => {
    for (const { path } of files) {
      const [directory, name] = split(path);
      if (name === '.wh..wh..opq') remove(directory, false);
      else if (name.startsWith('.wh.')) remove(join(directory, name.slice(4)), true);
    }
    const own = new Map<string, Node['kind']>();
    const put = (path: string, node: Node): boolean => {
      if (own.has(path)) return own.get(path) === 'directory' && node.kind === 'directory';
      own.set(path, node.kind);
      if (node.kind === 'directory' && merged.get(path)?.kind === 'directory') return true;
      remove(path, true);
      merged.set(path, node);
      return true;
    };
    for (const { path, type, target, content } of files) {
      const [directory, name] = split(path);
      const parts = directory === '' ? [] : directory.split('/');
      const isInside = parts.every((_, n) => put(parts.slice(0, n + 1).join('/'), { kind: 'directory' }));
      if (!isInside || name.startsWith('.wh.')) continue;
      if (type === 'directory') put(path, { kind: 'directory' });
      else if (target !== undefined) put(path, { kind: 'symlink', target });
      else put(path, { kind: 'file', layer, content: String(content) });
    }
  });
  return merged;
}

/** Walks a path part by part, as a kernel does. */
export function resolvePath(merged: ReadonlyMap<string, Node>, path: string): string {
  const rest = path.split('/');
  let at: string[] = [];
  let links = 0;
  while (rest.length > 0) {
    const part = rest.shift()!;
    if (part === '' || part === '.') continue;
    if (part === '..') {
      at.pop();
      continue;
    }
    const node = merged.get([...at, part].join('/'));
    if (node === undefined) return 'missing: absent';
    if (node.kind === 'symlink') {
      if (++links > 40) return 'missing: links';
      if (node.target.startsWith('/')) at = [];
      rest.unshift(...node.target.split('/'));
    } else if (node.kind === 'file') {
      if (rest.some((more) => more !== '' && more !== '.')) return 'missing: absent';
      return `/${[...at, part].join('/')} in ${node.layer}: ${node.content}`;
    } else at.push(part);
  }
  return `/${at.join('/')} is a directory`;
}

function split(path: string): [directory: string, name: string] {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? ['', path] : [path.slice(0, slash), path.slice(slash + 1)];
}

function join(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}
