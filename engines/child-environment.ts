/** What an engine's process gets of our environment: what programs need to run, and no credentials. */
export function childEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const passed = ['PATH', 'HOME', 'TMPDIR'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(passed), ...more };
}
