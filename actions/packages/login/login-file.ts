import type { CommentStyle } from './block.ts';
import type { Tool } from './tools.ts';

/** A login to the repository in one Region. The token is a secret. */
export interface RegionLogin {
  readonly region: string;
  readonly token: string;
  readonly expiration: Date;
  /** Where each tool finds the repository; each ends with `/`. */
  readonly endpoints: ReadonlyMap<Tool, URL>;
  /** How long a read took, in milliseconds. */
  readonly milliseconds: number;
}

/** Something in the user's file that does not go together with our lines. */
export interface Conflict {
  /** From 1; undefined for the file as a whole. */
  readonly line: number | undefined;
  /** What is there, after the name of the file: `sets index-url`. */
  readonly what: string;
}

/** What a tool reads its login from. Texts are Latin-1, so that every byte of the user's comes back. */
export interface LoginFile {
  readonly tool: Tool;
  /** Absolute path. */
  readonly file: string;
  /** A file that the tool reads in place of this one where it is there. */
  readonly shadow?: string;
  /** Symbolic links may lead to places in this folder, and nowhere else. */
  readonly root: string;
  readonly comment: CommentStyle;
  /** What stands in the way in the user's own text. */
  conflicts(text: string): readonly Conflict[];
  /** Our lines, for logins in the order of nearness, and where they go. */
  content(
    text: string,
    logins: readonly [RegionLogin, ...RegionLogin[]],
  ): { readonly offset: number; readonly body: string };
}

/** Where the repository is for a tool that was asked for. */
export function endpointOf({ region, endpoints }: RegionLogin, tool: Tool): URL {
  const found = endpoints.get(tool);
  if (found === undefined) throw new Error(`no endpoint for ${tool} in ${region}`);
  return found;
}
