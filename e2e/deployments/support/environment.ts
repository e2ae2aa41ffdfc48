/**
 * The packages that an MLflow on PostgreSQL and S3 needs in addition: a driver, a client of S3, and for these tests a storage that speaks
 * S3 (https://docs.getmoto.org/en/latest/docs/server_mode.html). Exact, as all dependencies here.
 */
export const EXTRAS = ['boto3==1.44.8', 'moto[server]==5.2.5', 'psycopg2-binary==2.9.13'] as const;
