"""Reads the warehouse with the password that it was given, and says what the driver and each executor saw of it."""

import hashlib
import json
import os
import socket

from pyspark.sql import SparkSession, functions

url = "jdbc:postgresql://postgres/dw"


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def seen(_=None):
    with open("/etc/warehouse/DB_PASSWORD") as file:
        yield {"pod": socket.gethostname(), "env": digest(os.environ["DB_PASSWORD"]), "file": digest(file.read())}


spark = SparkSession.builder.getOrCreate()
if spark.conf.get("spark.sql.catalog.dw", None):
    orders = spark.table("dw.public.orders")
else:
    login = {"user": "etl", "password": os.environ["DB_PASSWORD"], "driver": "org.postgresql.Driver"}
    orders = spark.read.jdbc(url, "orders", "id", 1, 1000, 4, properties=login)
total = orders.agg(functions.sum("amount")).first()[0]
# A barrier: the two tasks run at once, so each executor has one.
executors = spark.sparkContext.parallelize(range(2), 2).barrier().mapPartitions(seen).collect()
print("RESULT " + json.dumps({"total": int(total), "driver": next(seen()), "executors": executors}), flush=True)
spark.stop()
