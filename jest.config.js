import { availableParallelism } from 'node:os';

// TypeScript is stripped by Node itself, so that tests run the same code as `node file.ts` does.
export default {
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/scripts/strip-types.js' },
  testTimeout: 30_000,
  // Jest leaves one core alone, which on two cores is one suite at a time. Suites mostly wait for what they start.
  maxWorkers: Math.max(availableParallelism(), 2),
  // Modules of a suite that has ended stay in memory, which makes starting a program and collecting garbage dear.
  workerIdleMemoryLimit: '400MB',
};
