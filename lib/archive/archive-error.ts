/** An archive cannot be read: a phrase that follows its name. */
export class ArchiveError extends Error {}
