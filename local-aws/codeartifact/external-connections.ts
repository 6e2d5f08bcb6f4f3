import type { Format, Repository } from './model.ts';

/** Source: user guide, "Supported external connection repositories". */
const CONNECTIONS: Readonly<Record<string, Format>> = {
  'public:npmjs': 'npm',
  'public:nuget-org': 'nuget',
  'public:pypi': 'pypi',
  'public:maven-central': 'maven',
  'public:maven-googleandroid': 'maven',
  'public:maven-gradleplugins': 'maven',
  'public:maven-commonsware': 'maven',
  'public:maven-clojars': 'maven',
  'public:ruby-gems-org': 'ruby',
  'public:crates-io': 'cargo',
};

export const CONNECTION_NAMES = Object.keys(CONNECTIONS);

/** The external connections of a repository, as an answer shows them. */
export function describeConnections({ externalConnection: name }: Repository) {
  if (name === undefined) return [];
  return [{ externalConnectionName: name, packageFormat: CONNECTIONS[name], status: 'Available' }];
}
