/** Control characters except tab: they can move the cursor, forge lines or fold a log. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** The lines of a message, with control characters made visible. Runners end a line at CR as well as at LF. */
export function logLines(message: string): string[] {
  return message.split(/\r\n|\r|\n/).map(visible);
}

/** One line of text: line ends become spaces, other control characters become visible. */
export function oneLine(message: string): string {
  return visible(message.replace(/\s*[\r\n]+\s*/g, ' '));
}

function visible(line: string): string {
  return line.replace(CONTROL, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
