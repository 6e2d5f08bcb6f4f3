import type { Backstage } from './backstage.ts';
import { GlueError, invalid } from './error.ts';
import { readJob, readSettings, settingsOf } from './job.ts';
import { mergeArguments } from './job-arguments.ts';
import type { Members } from './members.ts';
import { type Ending, finish, hasEnded, isActive, makeRun, move, type Owner, type Run, shown } from './run.ts';
import type { RunStore } from './run-store.ts';
import type { Runner } from './runner.ts';

type Answer = Readonly<Record<string, unknown>>;
export type Handler = (owner: Owner, members: Members) => Answer | Promise<Answer>;

// Glue API reference, GetJobRuns and BatchStopJobRun.
const LARGEST_PAGE = 200;
const MOST_STOPPED = 25;

/** The operations of Glue on runs of jobs. */
export class JobRuns {
  readonly #store: RunStore;
  readonly #backstage: Backstage;
  readonly #runner: Runner;
  readonly operations: Readonly<Record<string, Handler>> = {
    StartJobRun: (owner, members) => this.#start(owner, members),
    GetJobRun: (owner, members) => this.#get(owner, members),
    GetJobRuns: (owner, members) => this.#list(owner, members),
    BatchStopJobRun: (owner, members) => this.#stop(owner, members),
  };

  constructor(store: RunStore, backstage: Backstage, runner: Runner) {
    this.#store = store;
    this.#backstage = backstage;
    this.#runner = runner;
  }

  async #start(owner: Owner, members: Members): Promise<Answer> {
    const name = members.required('JobName');
    const own = { settings: readSettings(members), arguments: members.map('Arguments') };
    const job = readJob(await this.#backstage.job(owner, name));
    const repeated = members.text('JobRunId');
    const previous = repeated === undefined ? undefined : this.#store.get(owner, name, repeated);
    if (previous && !hasEnded(previous)) throw invalid(`Job run ${previous.id} is ${previous.state}.`);
    const settings = settingsOf(job.settings, own.settings);
    const isFull = this.#store.active(owner, name) >= job.maxConcurrentRuns;
    if (isFull && !settings.isQueued) {
      // Source of the sentence: aws-solutions/amazon-marketing-cloud-uploader-from-aws#51.
      throw new GlueError('ConcurrentRunsExceededException', `Concurrent runs exceeded for ${name}`);
    }
    const given = own.arguments ?? previous?.arguments ?? {};
    const run = makeRun({ owner, job, settings, arguments: mergeArguments(job, given) }, previous);
    this.#store.add(run);
    if (isFull) move(run, 'WAITING');
    else this.#begin(run);
    return { JobRunId: run.id };
  }

  #begin(run: Run): void {
    move(run, 'STARTING');
    const unforeseen = (error: Error): Ending => ({ state: 'FAILED', error: error.message });
    run.done = this.#runner
      .run(run)
      .catch(unforeseen)
      .then((ending) => {
        finish(run, ending);
        this.#goOn(run);
      });
  }

  /** A failed run is tried again; otherwise its place is for a run that waits. */
  #goOn(run: Run): void {
    if (run.ending.signal.reason === 'forgotten') return;
    if (run.state === 'FAILED' && run.attempt < run.job.maxRetries) {
      const retry = makeRun(run, run);
      this.#store.add(retry);
      this.#begin(retry);
      return;
    }
    const next = this.#store.waiting(run.owner, run.job.name);
    if (next && this.#store.active(run.owner, run.job.name) < next.job.maxConcurrentRuns) this.#begin(next);
  }

  #get(owner: Owner, members: Members): Answer {
    return { JobRun: shown(this.#store.get(owner, members.required('JobName'), members.required('RunId'))) };
  }

  async #list(owner: Owner, members: Members): Promise<Answer> {
    const name = members.required('JobName');
    const size = members.integer('MaxResults', 1, LARGEST_PAGE) ?? LARGEST_PAGE;
    const after = members.text('NextToken');
    await this.#backstage.job(owner, name);
    const runs = this.#store.list(owner, name);
    // A token names the last run of the page before: new ones come at the other end.
    const begin = after === undefined ? 0 : runs.findIndex(({ id }) => id === after) + 1;
    if (after !== undefined && begin === 0) throw invalid('The NextToken is not one of this list.');
    const shownRuns = runs.slice(begin, begin + size);
    const last = shownRuns.at(-1);
    const hasMore = begin + size < runs.length;
    return { JobRuns: shownRuns.map(shown), ...(hasMore && last && { NextToken: last.id }) };
  }

  #stop(owner: Owner, members: Members): Answer {
    const name = members.required('JobName');
    const successful: Answer[] = [];
    const errors: Answer[] = [];
    for (const id of members.texts('JobRunIds', 1, MOST_STOPPED)) {
      const at = { JobName: name, JobRunId: id };
      try {
        this.#stopOne(this.#store.get(owner, name, id));
        successful.push(at);
      } catch (error) {
        if (!(error instanceof GlueError)) throw error;
        errors.push({ ...at, ErrorDetail: { ErrorCode: error.code, ErrorMessage: error.message } });
      }
    }
    return { SuccessfulSubmissions: successful, Errors: errors };
  }

  #stopOne(run: Run): void {
    if (run.state === 'WAITING') {
      finish(run, { state: 'STOPPED' });
      return;
    }
    if (!isActive(run)) throw invalid(`Job run ${run.id} is ${run.state} already.`);
    if (run.state === 'STOPPING') return;
    move(run, 'STOPPING');
    run.ending.abort('stopped');
  }
}
