/** The folders of an entry's path, and the name in them, without `.` and empty parts. */
export function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/**
 * Whether a path would leave the folder that an archive is unpacked into on some system: absolute, with a drive, with
 * `..`, or with a backslash, which separates folders on Windows. Control characters count too: no tool writes them.
 */
export function leadsOut(path: string): boolean {
  return /^\/|^[A-Za-z]:|\\|\p{Cc}/u.test(path) || path.split('/').includes('..');
}

/** Whether a symbolic link, or a hard link, points out of the archive. A hard link is relative to the archive's root. */
export function linkLeadsOut(kind: 'symlink' | 'hard-link', path: string, target: string): boolean {
  if (/^\/|^[A-Za-z]:|\\|\p{Cc}/u.test(target)) return true;
  let depth = kind === 'symlink' ? partsOf(path).length - 1 : 0;
  for (const part of partsOf(target)) {
    depth += part === '..' ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}
