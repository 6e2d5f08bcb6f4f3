/** Greets. */
export function greeting(name = 'world') {
  return `Hello, ${name}`;
}
