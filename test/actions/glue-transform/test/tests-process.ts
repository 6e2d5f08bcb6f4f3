import { pairFiles, runTests } from './run-tests.ts';

// Runs the operation in a process of its own, which a test can kill: `node tests-process.ts <content of the test's file>`.

const [test = ''] = process.argv.slice(2);
await runTests({ ...pairFiles(), 'transforms/tests/test_add_column.py': test });
