/** What may be said along with what is to be installed. */
export interface InstallRequest {
  /** Gets a line before something is installed. */
  readonly say?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}
