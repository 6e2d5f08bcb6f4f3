// Uses DuckDB while it is installed: node installer-program.js DUCKDB check | load FILE | install DIRECTORY REPOSITORY.
// Plain JavaScript, because Node runs no TypeScript inside node_modules.
import { createRequire } from 'node:module';

const [directory, command, ...options] = process.argv.slice(2);

const COMMANDS = {
  async check(connection) {
    await connection.run('select 1');
  },
  async load(connection, file) {
    await connection.run(`load ${literal(file)}`);
  },
  /** Prints the file that it installed, which DuckDB has found to be signed and to be for this machine. */
  async install(connection, extensions, repository) {
    await connection.run(`set extension_directory = ${literal(extensions)}`);
    const proxy = proxyFor(repository);
    if (proxy) {
      await connection.run(`set http_proxy = ${literal(proxy.host)}`);
      await connection.run(`set http_proxy_username = ${literal(decodeURIComponent(proxy.username))}`);
      await connection.run(`set http_proxy_password = ${literal(decodeURIComponent(proxy.password))}`);
    }
    await connection.run(`install tpcds from ${literal(repository)}`);
    await connection.run('load tpcds');
    const found = await connection.runAndReadAll(
      "select install_path from duckdb_extensions() where extension_name = 'tpcds'",
    );
    process.stdout.write(String(found.getRowsJson()[0]?.[0]));
  },
};

try {
  const { DuckDBInstance } = createRequire(`${directory}/`)('@duckdb/node-api');
  const settings = { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' };
  const instance = await DuckDBInstance.create(':memory:', settings);
  await COMMANDS[command](await instance.connect(), ...options);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

/** The proxy for plain HTTP; a repository on this machine is reached directly. */
function proxyFor(repository) {
  const { http_proxy: proxy } = process.env;
  if (!proxy || /^https?:\/\/(127\.|localhost|\[::1\])/.test(repository)) return undefined;
  return new URL(proxy.includes('://') ? proxy : `http://${proxy}`);
}

function literal(text) {
  return `'${text.replaceAll("'", "''")}'`;
}
