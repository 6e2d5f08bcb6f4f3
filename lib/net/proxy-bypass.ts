/**
 * What never goes through a proxy: this machine (the local AWS) and the link-local addresses that give credentials to
 * EC2, ECS and EKS. Source: "Instance metadata", EC2 User Guide; "Task IAM role", ECS Developer Guide; "EKS Pod Identity".
 */
const ALWAYS_DIRECT = [
  'localhost',
  '.localhost',
  '127.0.0.1',
  '127.0.0.0-127.255.255.255',
  '::1',
  '[::1]',
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  'fd00:ec2::254',
  '[fd00:ec2::254]',
  'fd00:ec2::23',
  '[fd00:ec2::23]',
] as const;

/**
 * NO_PROXY in the form that Node reads, with what never goes through a proxy. As with curl, Go and Python, a name stands
 * for its subdomains too, and `10.0.0.0/8` for a network; Node alone takes a name exactly and knows only `first-last`.
 */
export function noProxyForNode(entries: readonly string[]): readonly string[] {
  return [...entries.flatMap(forNode), ...ALWAYS_DIRECT];
}

/** Entries that mean nothing here: networks of IPv6, and networks that are none. */
export function notUnderstood(entries: readonly string[]): readonly string[] {
  return entries.filter((entry) => entry.includes('/') && rangeOf(entry) === undefined);
}

function forNode(entry: string): readonly string[] {
  if (entry.includes('/')) return rangeOf(entry) ?? [];
  if (/^[.*]/.test(entry) || isIPv4(entry) || entry.includes(':')) return [entry];
  return [entry, `.${entry}`];
}

/** The first and the last address of a network (RFC 4632, section 3.1). */
function rangeOf(network: string): readonly string[] | undefined {
  const [, address = '', length = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(network) ?? [];
  if (!isIPv4(address) || Number(length) > 32) return undefined;
  const size = 2 ** (32 - Number(length));
  const first = Math.floor(toNumber(address) / size) * size;
  return [`${toAddress(first)}-${toAddress(first + size - 1)}`];
}

/** Not `isIPv4` of node:net, whose loading would slow down every start. */
function isIPv4(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every((part) => Number(part) <= 255);
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
