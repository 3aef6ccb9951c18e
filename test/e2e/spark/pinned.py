"""Says what driver and executors read: once, or again and again until there is a file /tmp/enough."""

import hashlib
import json
import os
import socket
import sys
import time

from pyspark.sql import SparkSession


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def seen(_=None):
    with open("/etc/warehouse/password") as file:
        yield {"pod": socket.gethostname(), "env": digest(os.environ["PASSWORD"]), "file": digest(file.read())}


def slowly(rows):
    # Long enough that each executor has some of the tasks.
    time.sleep(0.2)
    return seen(rows)


spark = SparkSession.builder.getOrCreate()
end = time.monotonic() + (0 if "once" in sys.argv else 300)
while True:
    executors = spark.sparkContext.parallelize(range(8), 8).mapPartitions(slowly).collect()
    distinct = list({one["pod"]: one for one in executors}.values())
    print("SEEN " + json.dumps({"driver": next(seen()), "executors": distinct}), flush=True)
    if time.monotonic() > end or os.path.exists("/tmp/enough"):
        break
    time.sleep(1)
spark.stop()
