// Shared by the programs that run DuckDB; plain JavaScript, because Node runs no TypeScript inside node_modules.

/** Makes a database with the tables of TPC-DS. */
export async function makeTpcdsData({ DuckDBInstance }, file, { extension, scaleFactor, settings }) {
  const instance = await DuckDBInstance.create(file, settings);
  const connection = await instance.connect();
  try {
    await connection.run(`load '${extension.replaceAll("'", "''")}'`);
    await connection.run(`call dsdgen(sf = ${Number(scaleFactor)})`);
    // What cannot be written when a database is closed goes unsaid.
    await connection.run('checkpoint');
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
