/** The release of DuckDB that its extensions must be built for. */
export const DUCKDB_VERSION = '1.5.5';

/** The package that is imported. */
export const DUCKDB_PACKAGE = '@duckdb/node-api';

export interface PinnedPackage {
  readonly version: string;
  readonly integrity: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  /** Which machines it is for. */
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

const RELEASE = '1.5.5-r.5';

/** The bindings, by platform. npm installs the one that fits the machine. */
const BINDINGS: Readonly<Record<string, Pick<PinnedPackage, 'integrity' | 'libc'>>> = {
  'linux-x64': {
    integrity: 'sha512-kCyq6BXhn6QXfwF8yVdVKriSSHP+rfVWcJ56cG8qZzlOZpxyvT5WGm6jMshxg4ditLlOsHsIN/D47RYrcjXuHQ==',
    libc: ['glibc'],
  },
  'linux-arm64': {
    integrity: 'sha512-CafH2AIvXtpwDynG3KB/4uEOHRGlFoB7auCRMIwH3BKNIobsANV5LSpDJ3tfyRCFIsK6e8AT1eseWVnu2Dv3cw==',
    libc: ['glibc'],
  },
  'linux-x64-musl': {
    integrity: 'sha512-S5qEc7F+GjXt85T2xArjjvN5oc/IjtH6zsLJsuo8N3fQolheBCefemIMdZoK2Jik8a0sBxidiS6Ld4qprMPPDw==',
    libc: ['musl'],
  },
  'linux-arm64-musl': {
    integrity: 'sha512-00z3mYHUBAucp3L73EoftKDdaGOaV8ENELejiT+PK7dFjTzdXxqhJwZ1LaQV1/zEhIecz+x23f6WvFhWw+7XXQ==',
    libc: ['musl'],
  },
  'darwin-arm64': {
    integrity: 'sha512-WJdeLTFy4pRg60rkbp9smtlP1iIQ8ErtIJkxS+2LQtM1ZZMSByyW+3WPpNoKe7IwPtVl2fLlPw7tDmQW4Z974g==',
  },
  'darwin-x64': {
    integrity: 'sha512-rN0KjX13MwVQ5V5ufykolty/tf4SaafOpGWcUA1Cegf98jPeRdsJsEE1IMXn8n3u6WvMSZEVJmHJ3ma4Hr7Vzg==',
  },
};

const bindings = Object.entries(BINDINGS).map(([platform, pinned]): [string, PinnedPackage] => {
  const [os = '', cpu = ''] = platform.split('-');
  return [`@duckdb/node-bindings-${platform}`, { version: RELEASE, os: [os], cpu: [cpu], ...pinned }];
});

/** All npm packages that DuckDB consists of, with the hash of each. */
export const DUCKDB_PACKAGES: Readonly<Record<string, PinnedPackage>> = {
  [DUCKDB_PACKAGE]: {
    version: RELEASE,
    integrity: 'sha512-ZMX+sel3DjSKbGuQ44Y5Tp5LwYjlJkhB5faKr+9sSMcxixDMSW+8vaTOD1uRDuN9o0udUoCY/XX9PI1haEZuZg==',
    dependencies: { '@duckdb/node-bindings': RELEASE },
  },
  '@duckdb/node-bindings': {
    version: RELEASE,
    integrity: 'sha512-sR7x91TfBunLqLbdvrcdiPCU+VGEQFPicxh1STZM402fuHW2ituPTAo2bY3IlntsvJShltrKF4R6B+JYPlAPZg==',
    dependencies: { 'detect-libc': '^2.1.2' },
    optionalDependencies: Object.fromEntries(bindings.map(([name, { version }]) => [name, version])),
  },
  'detect-libc': {
    version: '2.1.2',
    integrity: 'sha512-Btj2BOOO83o3WyH59e8MgXsxEQVcarkUOpEYrubB0urwnN10yQ364rsiByU11nZlqWYZm05i/of7io4mzihBtQ==',
  },
  ...Object.fromEntries(bindings),
};

/** The TPC-DS extension as a Python package, with the hashes of its files for Linux and macOS. */
export const TPCDS_REQUIREMENT = [
  `duckdb-extension-tpcds==${DUCKDB_VERSION}`,
  '--hash=sha256:fd1ad5b4b5443d0e32d1ebe9122845eb3d2b74466cee2cd56650024e9196f697',
  '--hash=sha256:aed70279a17153f960d7a67cd46682c2a9e0be523c527c6a125c08211d7d950e',
  '--hash=sha256:9a036f66a32285bc69ecb7af834d384495a46478b238b9ded9bdd2b80eb38b9e',
  '--hash=sha256:a594b34991a780df75327f386bf79420d4497ba1d84bca27f082aeaed1db648c',
].join(' ');
