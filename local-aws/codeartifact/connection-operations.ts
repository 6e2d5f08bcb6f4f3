import { askedRepository, type Handler } from './api-call.ts';
import { describeRepository } from './domain-operations.ts';
import { CodeArtifactError, conflict, invalid, quotaExceeded } from './error.ts';
import { CONNECTION_NAMES } from './external-connections.ts';
import { json } from './reply.ts';

/**
 * A repository has one external connection, or upstream repositories. Nothing is fetched from the connection.
 * Source: API reference, AssociateExternalConnection.
 */
const associate: Handler = (call) => {
  const repository = askedRepository(call);
  const { name, externalConnection, upstreams } = repository;
  const connection = call.parameters.required('external-connection');
  if (!CONNECTION_NAMES.includes(connection)) {
    throw invalid(`There is no external connection '${connection}'; there are ${CONNECTION_NAMES.join(', ')}.`);
  }
  if (externalConnection === connection) {
    throw conflict('repository', name, `The repository '${name}' already has the external connection '${connection}'.`);
  }
  if (externalConnection !== undefined) {
    const message = `The repository '${name}' has the external connection '${externalConnection}', and can have only one.`;
    throw quotaExceeded('repository', name, message);
  }
  if (upstreams.length > 0) {
    const message = `The repository '${name}' has upstream repositories, and so no external connection.`;
    throw conflict('repository', name, message);
  }
  repository.externalConnection = connection;
  return json({ repository: describeRepository(repository) });
};

const disassociate: Handler = (call) => {
  const repository = askedRepository(call);
  const connection = call.parameters.required('external-connection');
  if (repository.externalConnection !== connection) {
    const message = `The repository '${repository.name}' has no external connection '${connection}'.`;
    throw new CodeArtifactError(404, 'ResourceNotFoundException', message, { resourceId: connection });
  }
  repository.externalConnection = undefined;
  return json({ repository: describeRepository(repository) });
};

/** The operations on external connections. */
export const CONNECTION_OPERATIONS: Readonly<Record<string, Handler>> = {
  AssociateExternalConnection: associate,
  DisassociateExternalConnection: disassociate,
};
