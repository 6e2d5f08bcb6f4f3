import type { Lap } from './inside.ts';

/** Begins to take the time. What is returned tells the lap since then. */
export function stopwatch(): () => Lap {
  const began = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { seconds: (performance.now() - began) / 1000, cores: (user + system) / 1e6 };
  };
}
