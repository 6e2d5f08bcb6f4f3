import { openSession } from '../../../lib/aws/codeartifact/protocols/session.ts';
import { badInput } from '../../../lib/errors.ts';
import type { Outcome } from '../../../lib/operation/define.ts';
import { compareRegions } from '../comparison/compare.ts';
import { openReader } from '../comparison/region-reader.ts';
import { selectionOf } from '../comparison/selection.ts';
import { regionsOf } from '../regions.ts';
import { explainUnread } from '../unread.ts';
import type { VerifyContext } from '../verify.ts';
import { absentEverywhere, assetsToCompare, packageDifferences, versionDifferences } from './differences.ts';
import { Findings } from './finding.ts';
import type { VERIFY_OUTPUTS } from './inputs.ts';
import { outcomeOf, outputsOf, type Verification } from './report.ts';

/** So many findings are kept; the rest is counted. */
const MOST_FINDINGS = 1000;

/**
 * Compares all Regions, and tells all differences together.
 *
 * @throws BadInput, and OperationFailed with every difference
 */
export async function read(context: VerifyContext): Promise<Outcome<keyof typeof VERIFY_OUTPUTS>> {
  const { inputs, log, host } = context;
  const selection = selectionOf(inputs);
  const regions = regionsOf(context.aws, inputs.replicas);
  if (regions.length < 2) {
    throw badInput('replicas', 'is required: name the other Regions, there is nothing to compare one with');
  }
  const session = openSession(context);
  try {
    const readers = regions.map(({ aws }) => openReader({ ...context, session }, aws, inputs.parallel));
    const names = readers.map(({ region }) => region);
    const findings = new Findings(MOST_FINDINGS);
    log.info(`Comparing ${inputs.domain}/${inputs.repository} in ${names.join(', ')}.`);
    const compared = await compareRegions(
      readers,
      selection,
      { parallel: inputs.parallel, log },
      {
        assetsOf: assetsToCompare,
        onPackage: (look) => findings.add(...packageDifferences(names, look)),
        onVersion: (look) => findings.add(...versionDifferences(names, look)),
        onAbsent: (id) => findings.add(...absentEverywhere(names, id)),
      },
    );
    const unread = readers.flatMap(({ region, repository, failure }) =>
      failure === undefined ? [] : [{ region, ...explainUnread(repository, failure.error) }],
    );
    const verification: Verification = {
      repository: `${inputs.domain}/${inputs.repository}`,
      regions: names,
      compared,
      unread,
      findings,
      calls: readers.reduce((sum, { calls }) => sum + calls, 0),
    };
    const outputs = outputsOf(verification);
    // The frame sets no outputs of a failure, and a later step may want to tell people.
    if (outputs.status === 'differs') await host.setOutputs(outputs);
    return outcomeOf(verification);
  } finally {
    session.close();
  }
}
