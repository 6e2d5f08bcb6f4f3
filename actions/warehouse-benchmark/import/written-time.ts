/** A duration as a file has it: a time of day on 1 January 1970. */
export interface WrittenTime {
  readonly text: string;
  /** Days after 1 January 1970. */
  readonly day: number;
  /** Seconds of that day. */
  readonly clock: number;
  /** Digits after the point, as they stand there; none where there is no point. */
  readonly fraction: string;
}

const TIME = /^1970-01-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?$/;

/** Reads what the scripts print and what a database shows of it. Undefined for anything else. */
export function parseWrittenTime(text: string): WrittenTime | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, day = '', hours = '', minutes = '', seconds = '', fraction = ''] = match;
  const [d, h, m, s] = [Number(day), Number(hours), Number(minutes), Number(seconds)];
  if (d < 1 || d > 31 || h > 23 || m > 59 || s > 59) return undefined;
  return { text, day: d - 1, clock: h * 3600 + m * 60 + s, fraction };
}

/** What it says when it is taken for what it looks like, in milliseconds: what the scripts' own totals add up. */
export function asWritten({ day, clock, fraction }: WrittenTime): number {
  return day * 86_400_000 + clock * 1000 + Number(`0.${fraction === '' ? '0' : fraction}`) * 1000;
}
