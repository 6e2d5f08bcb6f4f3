/** Words that stand for a name or message of another program in the first column of the tables. */
const OF_OTHERS = new Set(['Not authorized to perform sts:AssumeRoleWithWebIdentity']);

/**
 * The messages in the first column of a page's tables that the program does not have. `…` stands for what differs, so
 * the parts between are looked for one by one.
 */
export function unknownMessages(markdown: string, sources: string): string[] {
  const text = sources.replaceAll("\\'", "'");
  const cells = [...markdown.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell = '']) => cell);
  const messages = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message));
  return messages.filter(
    (message) =>
      !OF_OTHERS.has(message) && !message.split('…').every((part) => part.trim() === '' || text.includes(part.trim())),
  );
}
