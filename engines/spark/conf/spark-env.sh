# Sourced by Spark's own start scripts. The master is not in spark-defaults.conf, where it could not be told from outside.
MASTER="${HEADGATE_SPARK_MASTER:-local[2]}"
SPARK_LOCAL_IP="${SPARK_LOCAL_IP:-127.0.0.1}"
