import type { GlueVersion } from './glue-versions.ts';

/** Spark and Glue themselves, and what Python tools bring into every environment. */
const ALWAYS = 'awsglue pyspark py4j pip setuptools pkg_resources';

const UP_TO_4 = `aiobotocore aiohttp aioitertools aiosignal async_timeout asynctest attr attrs avro boto3 botocore certifi
  chardet charset_normalizer click cycler Cython cython pyximport dateutil fsspec idna importlib_metadata jmespath joblib
  kiwisolver matplotlib mpl_toolkits pylab mpmath multidict nltk numpy packaging pandas patsy PIL pmdarima ptvsd pyarrow
  pydevd pyhocon pymysql pyparsing pytz yaml regex requests s3fs s3transfer sklearn scipy six statsmodels subprocess32 sympy
  tbats threadpoolctl tqdm typing_extensions urllib3 wheel wrapt yarl zipp`;

const FROM_5 = `aiobotocore aiohappyeyeballs aiohttp aioitertools aiosignal appdirs attr attrs boto3 botocore certifi
  charset_normalizer contourpy cycler dateutil fontTools frozenlist fsspec idna jmespath kaleido kiwisolver matplotlib
  mpl_toolkits pylab multidict numpy packaging pandas PIL plotly pyarrow pyparsing pytz requests s3fs s3transfer seaborn six
  tenacity tzdata urllib3 virtualenv wrapt yarl`;

const FROM_5_1 = `${FROM_5} choreographer distlib filelock iniconfig logistro narwhals orjson platformdirs pluggy propcache
  pygments pytest pytest_timeout simplejson typing_extensions uv`;

/**
 * The top-level modules that Glue brings, by import name. Sources: Glue developer guide, "Using Python libraries with AWS
 * Glue", "Python modules already provided in AWS Glue" (3.0, 4.0, 5.0), and the lists of packages that
 * awslabs/aws-glue-libs gives for its container (`base-requirements.txt` of 5.0, 5.1 and 6.0).
 */
export const GLUE_MODULES: Readonly<Record<GlueVersion, ReadonlySet<string>>> = {
  '3.0': words(`${ALWAYS} ${UP_TO_4} docutils enum34 frozenlist`),
  '4.0': words(`${ALWAYS} ${UP_TO_4} kaleido plotly`),
  '5.0': words(`${ALWAYS} ${FROM_5}`),
  '5.1': words(`${ALWAYS} ${FROM_5_1}`),
  '6.0': words(`${ALWAYS} ${FROM_5_1} google grpc grpc_status python_discovery yaml zstandard`),
};

/** The package that pip knows a module by, where the two names differ. */
export const PACKAGE_OF_MODULE: Readonly<Record<string, string>> = {
  attr: 'attrs',
  bs4: 'beautifulsoup4',
  cv2: 'opencv-python-headless',
  dateutil: 'python-dateutil',
  google: 'protobuf',
  grpc: 'grpcio',
  jwt: 'PyJWT',
  PIL: 'Pillow',
  psycopg2: 'psycopg2-binary',
  sklearn: 'scikit-learn',
  yaml: 'PyYAML',
};

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}
