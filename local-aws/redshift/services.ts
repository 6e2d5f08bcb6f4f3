/** The signing names of Redshift Serverless and the Redshift Data API. */
export const REDSHIFT_SERVICES = ['redshift-data', 'redshift-serverless'] as const;
export type RedshiftService = (typeof REDSHIFT_SERVICES)[number];

export function isRedshift(service: string): service is RedshiftService {
  return REDSHIFT_SERVICES.some((name) => name === service);
}
