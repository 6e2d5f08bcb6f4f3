/**
 * Text with what XML 1.0 cannot hold at all (section 2.2, "Characters": most control characters, lone surrogates, U+FFFE
 * and U+FFFF) shown as an escape such as `\u0000`.
 */
export function visibleText(value: string): string {
  return value.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
    /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Text for XML 1.0, in an element or in an attribute with double quotes; what XML cannot hold is made visible. Line ends
 * and tabs survive a parser (section 2.11 and 3.3.3 would change them).
 */
export function xmlText(value: string): string {
  return visibleText(value).replace(/[&<>"\t\n\r]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Attributes as they stand in a tag, each after a space; those without a value are left out. */
export function xmlAttributes(attributes: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${xmlText(String(value))}"`)
    .join('');
}
