/**
 * The variables of the job. Operations take what their user asked for by name (a secret of a build) and what tools that
 * they start go by (`PATH`, `BUILDKIT_HOST`); what a host says about a run comes from `Host`.
 */
export function jobEnvironment(): NodeJS.ProcessEnv {
  return process.env;
}
