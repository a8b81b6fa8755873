"""Runs Spark's Thrift server with a listener for each way to log in, in one process: `spark.py FOLDER BUCKETS LISTENER...`.

Buckets are read from the server at the address BUCKETS, with the keys that the tests' own server knows.
A listener is `PORT,NAME=VALUE,...`, with names as they follow `hive.server2.` in Hive's settings. Prints `ready` once all of
them take connections, and ends when it is terminated.
"""

import signal
import sys

from pyspark.sql import SparkSession


def main(folder, buckets, listeners):
    """Starts Spark and then one listener after another."""
    builder = SparkSession.builder.master("local[2]").appName("gapsync-test").enableHiveSupport()
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.hadoop.fs.s3a.access.key": "AK",
        "spark.hadoop.fs.s3a.attempts.maximum": "2",
        "spark.hadoop.fs.s3a.endpoint": buckets,
        "spark.hadoop.fs.s3a.endpoint.region": "us-east-1",
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.secret.key": "SECRET",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": f"file:{folder}/warehouse",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    jvm = session._jvm
    context = session._jsparkSession.sqlContext()
    server = jvm.org.apache.spark.sql.hive.thriftserver.HiveThriftServer2
    # The first makes what all share. It has a catalogue in memory, which it opens anew for each session that ends, in vain
    # and for half a minute; so nobody connects to it.
    for number, listener in enumerate(["0", *listeners]):
        port, *pairs = listener.split(",")
        own = {
            "hive.exec.scratchdir": f"{folder}/scratch",
            # Otherwise each user gets a catalogue of their own.
            "hive.server2.enable.doAs": "false",
            "hive.server2.logging.operation.enabled": "false",
            "hive.server2.thrift.bind.host": "127.0.0.1",
            "hive.server2.thrift.port": port,
        }
        own.update(("hive.server2." + pair).split("=", 1) for pair in pairs)
        # Those who check logins read the properties of the process, and no settings of a listener.
        for name, value in own.items():
            jvm.java.lang.System.setProperty(name, value)
        if number == 0:
            server.startWithContext(context)
            continue
        conf = jvm.org.apache.hadoop.hive.conf.HiveConf()
        for name, value in own.items():
            conf.set(name, value)
        another = server(context)
        another.init(conf)
        another.start()
    print("ready", flush=True)
    signal.pause()


main(sys.argv[1], sys.argv[2], sys.argv[3:])
