/** An error that Glue answers. Names: Glue API reference, "Exceptions". The sentences are our own where no source is given. */
export class GlueError extends Error {
  override name = 'GlueError';
  readonly status: number;
  readonly code: string;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export function invalid(message: string): GlueError {
  return new GlueError('InvalidInputException', message);
}

export function notFound(message: string): GlueError {
  return new GlueError('EntityNotFoundException', message);
}
