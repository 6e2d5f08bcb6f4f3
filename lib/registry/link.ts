/**
 * The address of the next page in a Link header, as it stands there (it may be relative).
 * Source: RFC 8288, section 3; distribution-spec, "Listing Tags".
 *
 * @returns undefined when there is no next page
 */
export function nextLink(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header.join(', ') : (header ?? '');
  // An address has no '>' in it, but may have commas; parameters may have commas in quotes.
  for (const [, target = '', parameters = ''] of text.matchAll(/<([^>]*)>((?:[^",<]|"(?:[^"\\]|\\.)*")*)/g)) {
    const [, quoted, plain] = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters) ?? [];
    const relations = (quoted ?? plain ?? '').toLowerCase().split(/\s+/);
    if (relations.includes('next') && target !== '') return target;
  }
  return undefined;
}
