// Shared by the programs that run DuckDB; plain JavaScript, because Node runs no TypeScript inside node_modules.

/**
 * Why a streamed result ended half way: the driver gives it the same end as one that was read to its end, but for its type
 * (`ResultReturnType.INVALID`), and no reason. So the statement runs once more in a form whose failure it tells. Only reading
 * statements are streamed, so that nothing happens twice.
 */
export async function whyItFailed(connection, sql) {
  const said = await connection.run(`explain analyze ${sql}`).then(
    () => '',
    ({ message }) => message,
  );
  // The failure has ended its transaction, in which nothing runs any more.
  const isKnown = said !== '' && !said.includes('Current transaction is aborted');
  return isKnown ? said : 'The result ended half way, and DuckDB does not tell why.';
}
