import { OperationFailed } from '../errors.ts';

/**
 * The ID token that the template's `id_tokens` put into HEADGATE_ID_TOKEN; undefined without one.
 *
 * @throws OperationFailed when it was made for another audience: GitLab fixes that in the pipeline file, and AWS would
 *   only say that the token is invalid
 */
export function gitlabIdentityToken(environment: NodeJS.ProcessEnv, audience: string): string | undefined {
  const token = environment.HEADGATE_ID_TOKEN?.trim();
  if (!token) return undefined;
  const audiences = audiencesOf(token);
  if (audiences !== undefined && !audiences.includes(audience)) {
    throw new OperationFailed({
      what: `The identity token is for ${audiences.map((name) => `'${name}'`).join(', ')} and not for '${audience}'`,
      cause: "The job's 'id_tokens' name another audience",
      next: `Write 'id_tokens: { HEADGATE_ID_TOKEN: { aud: ${audience} } }' in the job`,
    });
  }
  return token;
}

/** The `aud` claim (RFC 7519, section 4.1.3); undefined when the token cannot be read here. */
function audiencesOf(token: string): readonly string[] | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    if (typeof claims !== 'object' || claims === null || !('aud' in claims)) return undefined;
    const list: unknown[] = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
    return list.filter((entry) => typeof entry === 'string');
  } catch {
    return undefined;
  }
}
