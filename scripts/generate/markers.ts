/**
 * Replaces what stands between the lines `generated: <name>` and `generated end: <name>`, whatever comment sign the file
 * uses. Everything else stays as people wrote it.
 *
 * @throws Error when a marker is missing
 */
export function replaceBetween(text: string, name: string, content: string): string {
  const pattern = new RegExp(
    `(^[^\\n]*\\bgenerated: ${name}\\b[^\\n]*\\n)[\\s\\S]*?(^[^\\n]*\\bgenerated end: ${name}\\b)`,
    'm',
  );
  if (!pattern.test(text)) throw new Error(`The lines 'generated: ${name}' and 'generated end: ${name}' are missing`);
  return text.replace(pattern, (_, begin: string, end: string) => `${begin}${content}${end}`);
}
