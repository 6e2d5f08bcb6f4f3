/** Source: PyPA, "Names and normalization": what a project may be called. */
const NAME = /^[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?$/i;

export function isPythonName(name: string): boolean {
  return NAME.test(name);
}

/** `Acme.Shop` and `acme_shop` are one project, `acme-shop`. Source: PEP 503, "Normalized Names". */
export function normalizePythonName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}
