/** What a host is made of. The process entry passes it in, so that tests can pass something else. */
export interface HostOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly flags: {
    /** Only JSON on standard output (terminal). */
    readonly json: boolean;
    /** No progress lines; warnings, errors and results stay. */
    readonly quiet: boolean;
  };
  /** Names of the operation's inputs of type `secret`. Their values are masked; on GitLab they name a CI variable. */
  readonly secretInputs?: ReadonlySet<string>;
}
