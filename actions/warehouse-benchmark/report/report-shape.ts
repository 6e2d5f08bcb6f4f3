import type { EngineFacts } from '../engine/engine.ts';
import {
  type BenchmarkReport,
  type ColumnPrint,
  type Execution,
  type Fingerprint,
  type ImportedFacts,
  REPORT_FORMAT,
  REPORT_VERSION,
  type Setting,
} from './report.ts';
import { flag, type JsonSchema, list, number, object, oneOf, optional, type Shape, text, variants } from './shape.ts';

const YEAR_MS = 366 * 86_400_000;
const MOST_QUERIES = 99;
const MOST_SESSIONS = 20;
/** Far above what a run takes; it only keeps numbers from growing without end. */
const MOST_PASSES = 10_000;

const milliseconds = number({ min: 0, max: YEAR_MS });
const name = text({ max: 1000 });
const instant = text({
  max: 40,
  pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/,
  form: "a time in ISO 8601 such as '2026-01-31T12:00:00.000Z'",
});
const rpus = number({ min: 1, max: 65_536, whole: true });
const passes = number({ min: 0, max: MOST_PASSES, whole: true });
const count = number({ min: 0, max: Number.MAX_SAFE_INTEGER, whole: true });
const anyNumber = number({});
const hash = text({ max: 16, pattern: /^[0-9a-f]{1,16}$/, form: 'a number in 1 to 16 hexadecimal digits' });

const engineFacts = (engine: EngineFacts['engine']) =>
  object<EngineFacts>({
    engine: oneOf([engine]),
    version: name,
    rpus: optional(rpus),
    region: optional(name),
    workgroup: optional(name),
    database: optional(name),
    schema: optional(name),
    threads: optional(number({ min: 1, max: 65_536, whole: true })),
  });

const importedFacts = object<ImportedFacts>({
  engine: oneOf(['imported']),
  version: name,
  rpus: optional(rpus),
});

const setting = object<Setting>({
  engine: variants<EngineFacts | ImportedFacts>('engine', {
    redshift: engineFacts('redshift'),
    duckdb: engineFacts('duckdb'),
    imported: importedFacts,
  }),
  scaleFactor: number({ above: 0, max: 1_000_000 }),
  queries: object<Setting['queries']>({
    source: name,
    digest: text({ max: 64, pattern: /^[0-9a-f]{64}$/, form: 'a SHA-256 digest in 64 hexadecimal digits' }),
    numbers: list(number({ min: 1, max: MOST_QUERIES, whole: true }), { min: 1, max: MOST_QUERIES }),
    hasStreams: flag,
  }),
  mode: oneOf(['measure', 'explain']),
  sessions: number({ min: 0, max: MOST_SESSIONS, whole: true }),
  iterations: passes,
  warmUps: passes,
  timeoutMs: optional(number({ above: 0, max: YEAR_MS })),
  pricePerRpuHour: optional(number({ above: 0, max: 1_000_000 })),
});

type Numbers = Extract<ColumnPrint, { kind: 'numbers' }>;
type Texts = Extract<ColumnPrint, { kind: 'texts' }>;
type Empty = Extract<ColumnPrint, { kind: 'empty' }>;

const columnPrint = variants<ColumnPrint>('kind', {
  numbers: object<Numbers>({
    kind: oneOf(['numbers']),
    nulls: count,
    sum: anyNumber,
    squares: number({ min: 0 }),
    min: anyNumber,
    max: anyNumber,
    weighted: optional(anyNumber),
    decimals: optional(number({ min: 0, max: 1000, whole: true })),
  }),
  texts: object<Texts>({
    kind: oneOf(['texts']),
    nulls: count,
    hash,
  }),
  empty: object<Empty>({ kind: oneOf(['empty']), nulls: count }),
});

const fingerprint = object<Fingerprint>({
  rows: count,
  columns: list(columnPrint, { min: 0, max: 2000 }),
  rowTexts: optional(hash),
});

const execution = object<Execution>({
  part: oneOf(['warm-up', 'single', 'concurrent']),
  session: number({ min: 1, max: MOST_SESSIONS, whole: true }),
  iteration: number({ min: 1, max: MOST_PASSES, whole: true }),
  position: number({ min: 1, max: MOST_QUERIES, whole: true }),
  query: number({ min: 1, max: MOST_QUERIES, whole: true }),
  status: oneOf(['passed', 'wrong-answer', 'from-cache', 'failed', 'timed-out']),
  durationMs: milliseconds,
  startMs: milliseconds,
  wallMs: milliseconds,
  statements: number({ min: 0, max: 1000, whole: true }),
  rows: count,
  queueMs: optional(milliseconds),
  compileMs: optional(milliseconds),
  executionMs: optional(milliseconds),
  fingerprints: optional(list(fingerprint, { min: 0, max: 1000 })),
  answer: oneOf(['right', 'wrong', 'unknown']),
  repeats: optional(count),
  message: optional(text({ max: 100_000 })),
});

/** The report as a file has it, but for `totals`, which readers compute anew. */
export const reportShape = object<BenchmarkReport>({
  format: oneOf([REPORT_FORMAT]),
  formatVersion: exactly(REPORT_VERSION),
  label: text({ max: 1000 }),
  run: text({ max: 200 }),
  startedAt: instant,
  endedAt: instant,
  resumed: flag,
  setting,
  executions: list(execution, { min: 0, max: 1_000_000 }),
  concurrentWallMs: optional(milliseconds),
});

/** What `docs/warehouse-benchmark-report.schema.json` holds: the file as it is written, with the totals. */
export function reportJsonSchema(): JsonSchema {
  const { properties, ...schema } = reportShape.schema;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Report of headgate warehouse-benchmark',
    ...schema,
    properties: { ...(properties as JsonSchema), totals: { type: 'object' } },
  };
}

function exactly<const Value extends number>(value: Value): Shape<Value> {
  return {
    schema: { const: value },
    read(given, path) {
      number({ min: value, max: value, whole: true }).read(given, path);
      return value;
    },
  };
}
