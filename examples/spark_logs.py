"""How often each cause stands in an archive of mail logs: python3 spark_logs.py 'hdfs:///logs/mail.log*'"""

import os
import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("smtpwhy").master("local[2]").getOrCreate()
spark.sparkContext.setLogLevel("ERROR")

lines = spark.sparkContext.textFile(sys.argv[1])
# A part without any failure makes smtpwhy exit with 3, which is no fault here. Without env the workers have no PATH.
diagnoses = spark.read.json(lines.pipe("smtpwhy logs --format ndjson", env={"PATH": os.environ["PATH"]}))
causes = diagnoses.groupBy(diagnoses.causes[0].id.alias("cause")).count()
for cause, count in causes.orderBy("count", ascending=False).collect():
    print(count, cause)
