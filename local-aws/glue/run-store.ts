import { notFound } from './error.ts';
import { isActive, type Owner, type Run } from './run.ts';

/** The runs of all accounts and Regions. */
export class RunStore {
  readonly #runs = new Map<string, Run[]>();

  add(run: Run): void {
    const key = keyOf(run.owner, run.job.name);
    const runs = this.#runs.get(key);
    if (runs) runs.push(run);
    else this.#runs.set(key, [run]);
  }

  /** @throws GlueError EntityNotFoundException */
  get(owner: Owner, jobName: string, id: string): Run {
    const found = this.#of(owner, jobName).find((run) => run.id === id);
    if (!found) throw notFound(`Job run ${id} of job ${jobName} is not there.`);
    return found;
  }

  /** The newest first. */
  list(owner: Owner, jobName: string): Run[] {
    return this.#of(owner, jobName).toReversed();
  }

  active(owner: Owner, jobName: string): number {
    return this.#of(owner, jobName).filter(isActive).length;
  }

  /** The run that waits longest for a place. */
  waiting(owner: Owner, jobName: string): Run | undefined {
    return this.#of(owner, jobName).find(({ state }) => state === 'WAITING');
  }

  /** Forgets all and gives what was there. */
  clear(): Run[] {
    const all = [...this.#runs.values()].flat();
    this.#runs.clear();
    return all;
  }

  #of(owner: Owner, jobName: string): Run[] {
    return this.#runs.get(keyOf(owner, jobName)) ?? [];
  }
}

function keyOf({ account, region }: Owner, jobName: string): string {
  return `${account}/${region}/${jobName}`;
}
