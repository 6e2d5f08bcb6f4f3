import { PackageFileError } from './package-file.ts';

/** Headers as in an e-mail, and the text after them. */
export interface MetadataHeaders {
  /** In their order; names in lower case. A value that was folded has line ends. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/**
 * Reads Python's core metadata. Source: PyPA, "Core metadata specifications": RFC 822 headers in UTF-8, folded values,
 * and since 2.1 the description as body.
 *
 * @param what the file as a message names it
 * @throws PackageFileError for a line that is no header
 */
export function parseMetadataHeaders(text: string, what: string): MetadataHeaders {
  const headers: [string, string][] = [];
  let at = 0;
  for (let number = 1; at < text.length; number++) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? undefined : end).replace(/\r$/, '');
    at = end < 0 ? text.length : end + 1;
    if (line === '') break;
    const last = headers.at(-1);
    if (/^[ \t]/.test(line) && last !== undefined) last[1] += `\n${unfold(line)}`;
    else headers.push(header(line, number, what));
  }
  return { headers, body: text.slice(at) };
}

function header(line: string, number: number, what: string): [string, string] {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(colon, 0));
  // Source: RFC 5322, section 2.2: printable ASCII without the colon.
  if (!/^[!-9;-~]+$/.test(name)) {
    throw new PackageFileError(`line ${number} of ${what} is no header; build the package again with a newer tool`);
  }
  return [name.toLowerCase(), line.slice(colon + 1).trim()];
}

/** Descriptions are folded by seven spaces and a bar, or by eight spaces. Source: the same, "Description"; distutils. */
function unfold(line: string): string {
  const indent = /^ {7}\||^ {8}/.exec(line)?.[0];
  return indent === undefined ? line.trimStart() : line.slice(indent.length);
}
