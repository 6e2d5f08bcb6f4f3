import { SHARE } from './data-share.ts';
import { literal } from './sql.ts';

/** What `sys_query_history` tells of a statement. Times are milliseconds since 1970, durations microseconds. */
export interface HistoryEntry {
  readonly queryId: number;
  readonly label: string;
  readonly pid: number;
  readonly database: string;
  readonly type: string;
  readonly status: 'success' | 'failed' | 'canceled';
  readonly fromCache: boolean;
  readonly started: number;
  readonly ended: number;
  readonly queue: number;
  readonly execution: number;
  readonly error: string;
  readonly rows: number;
  readonly bytes: number;
  readonly text: string;
}

/** How much of a statement the view shows. Source: Redshift database developer guide, SYS_QUERY_HISTORY. */
const LONGEST_TEXT = 4000;

/**
 * System views, with `SYSTEM` for their catalog, as far as they have a meaning here. Source of the columns: Redshift database
 * developer guide, "SYS_QUERY_HISTORY", "SVV_DATASHARES" and "SVV_ALL_SCHEMAS".
 */
export const SYSTEM_VIEWS: readonly string[] = [
  `create table SYSTEM.sys_query_history (user_id int, query_id bigint, query_label varchar, transaction_id bigint,
   session_id int, database_name varchar, query_type varchar, status varchar, result_cache_hit boolean, start_time timestamp,
   end_time timestamp, elapsed_time bigint, queue_time bigint, execution_time bigint, error_message varchar,
   returned_rows bigint, returned_bytes bigint, query_text varchar, compile_time bigint, planning_time bigint,
   lock_wait_time bigint)`,
  `create table SYSTEM.svv_datashares as select ${literal(SHARE.name)} as share_name, 1 as share_id, 1 as share_owner,
   null::varchar as source_database, null::varchar as consumer_database, 'INBOUND' as share_type,
   null::timestamp as createdate, false as is_publicaccessible, null::varchar as share_acl,
   ${literal(SHARE.account)} as producer_account, ${literal(SHARE.namespace)} as producer_namespace, 'ADX' as managed_by`,
  `create table SYSTEM.external_schemas (database_name varchar, schema_name varchar, source_database varchar)`,
  `create view SYSTEM.svv_all_schemas as select s.database_name, s.schema_name, 1 as schema_owner,
   case when d.consumer_database is not null then 'shared' when e.schema_name is not null then 'external' else 'local' end
   as schema_type, null::varchar as schema_acl, e.source_database, null::varchar as schema_option
   from duckdb_schemas() s left join SYSTEM.external_schemas e using (database_name, schema_name)
   left join SYSTEM.svv_datashares d on d.consumer_database = s.database_name
   where s.schema_name <> 'main' and s.database_name not in ('system', 'temp', 'memory', 'SYSTEM')
   and not starts_with(s.database_name, 'tpcds_data_')`,
];

/** An entry as a row of `sys_query_history`. */
export function historyRow(entry: HistoryEntry): string {
  const stamp = (time: number) => `make_timestamp(${Math.round(time * 1000)})`;
  const values = [
    100,
    entry.queryId,
    literal(entry.label),
    entry.queryId,
    entry.pid,
    literal(entry.database),
    literal(entry.type),
    literal(entry.status),
    entry.fromCache,
    stamp(entry.started),
    stamp(entry.ended),
    entry.queue + entry.execution,
    entry.queue,
    entry.execution,
    literal(entry.error),
    entry.rows,
    entry.bytes,
    literal(entry.text.slice(0, LONGEST_TEXT)),
    0,
    0,
    0,
  ];
  return `(${values.join(', ')})`;
}

/** The type of a statement. Source: the same, column `query_type`. */
export function queryType(text: string): string {
  const [word = ''] = text.toUpperCase().split(/\W/, 1);
  if (word === 'WITH' || word === 'VALUES') return 'SELECT';
  if (['CREATE', 'ALTER', 'DROP', 'TRUNCATE'].includes(word)) return 'DDL';
  return ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'COPY', 'UNLOAD'].includes(word) ? word : 'OTHER';
}
