/** Source: Python language reference, "Keywords" (hard keywords; the same from 3.7 to 3.13). */
export const PYTHON_KEYWORDS: ReadonlySet<string> = new Set(
  `False None True and as assert async await break class continue def del elif else except finally for from global if
  import in is lambda nonlocal not or pass raise return try while with yield`.split(/\s+/),
);

/**
 * What the Glue user guide allows as a name: "start with either a letter or an underscore and then be composed entirely
 * of letters, digits, and/or underscores". Python takes letters of every alphabet; the name is also a key in S3 and a file
 * name, so ASCII is what is safe.
 */
export const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
