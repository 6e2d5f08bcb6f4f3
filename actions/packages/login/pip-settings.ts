/** One option of a file that Python's configparser reads. */
export interface PipOption {
  readonly section: string;
  /** As pip takes it: lower case, with hyphens. */
  readonly name: string;
  /** From 1. */
  readonly line: number;
}

/** What is in a `pip.conf`, as far as a merge needs it. */
export interface PipSettings {
  readonly options: readonly PipOption[];
  /** Where the line after `[global]` begins, and how far what follows it is indented; undefined without that section. */
  readonly global: { readonly offset: number; readonly indent: string } | undefined;
}

/**
 * Reads a `pip.conf` as Python's configparser does: comments fill whole lines; a line that is indented more than the option
 * before it goes on with its value; a section ends an option. Source: CPython, Lib/configparser.py, `RawConfigParser._read`;
 * names of options: pip, `_internal/configuration.py`, `_normalize_name`.
 */
export function readPipSettings(text: string): PipSettings {
  const options: PipOption[] = [];
  let global: { offset: number; indent: string | undefined } | undefined;
  let section = '';
  let optionIndent: number | undefined;
  let offset = 0;
  for (const [index, raw] of text.split(/(?<=\n)/).entries()) {
    offset += raw.length;
    const line = raw.trim();
    if (line === '' || /^[#;]/.test(line)) continue;
    const indent = /^\s*/.exec(raw)?.[0] ?? '';
    if (optionIndent !== undefined && indent.length > optionIndent) continue;
    const header = /^\[(.+)\]/.exec(line)?.[1];
    if (global !== undefined && global.indent === undefined) global.indent = indent;
    if (header !== undefined) {
      section = header;
      optionIndent = undefined;
      if (header === 'global') global ??= { offset, indent: undefined };
      continue;
    }
    optionIndent = indent.length;
    const [, name = ''] = /^(.*?)\s*(?:[=:]|$)/.exec(line) ?? [];
    options.push({ section, name: normalized(name), line: index + 1 });
  }
  return { options, global: global && { offset: global.offset, indent: global.indent ?? '' } };
}

function normalized(name: string): string {
  return name.toLowerCase().replaceAll('_', '-').replace(/^--/, '');
}
