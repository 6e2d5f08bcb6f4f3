import type { Format } from './model.ts';

/**
 * Normalizes the name that a package manager gives, as CodeArtifact stores it. Versions are stored as they come. The API
 * must be called with the normalized name. Source: user guide, "Python package name normalization".
 */
export function normalizeName(format: Format, name: string): string {
  // PEP 503, "Normalized Names".
  if (format === 'pypi') return name.replace(/[-_.]+/g, '-').toLowerCase();
  return format === 'cargo' ? name.toLowerCase() : name;
}
