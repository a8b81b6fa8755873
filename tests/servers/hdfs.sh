# Sourced by tests/run: HDFS, a NameNode and a DataNode with WebHDFS. The jars come by Maven, from wherever its settings say.

hdfs_version=3.4.2
hdfs_pids=()

need_hdfs() { [ -z "${GAPSYNC_TEST_HDFS:-}" ] && wanted store migrate snapshot; }

install_hdfs() {
    local artifact dependencies=''
    for artifact in hadoop-common hadoop-hdfs hadoop-hdfs-client; do
        dependencies+="<dependency><groupId>org.apache.hadoop</groupId><artifactId>$artifact</artifactId>"
        dependencies+="<version>$hdfs_version</version></dependency>"
    done
    cat >"$1/pom.xml" <<END
<project><modelVersion>4.0.0</modelVersion>
<groupId>gapsync</groupId><artifactId>hdfs</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>$dependencies</dependencies></project>
END
    mvn -q -B -f "$1/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$1/lib"
}

start_hdfs() {
    local home=$scratch/hdfs folder=$engines/hdfs-$hdfs_version rpc http data data_http data_rpc daemon
    install_engine "$folder" install_hdfs || return 1
    mkdir -p "$home/conf"
    read -r rpc http data data_http data_rpc < <(free_ports 5)
    property() { echo "<property><name>$1</name><value>$2</value></property>"; }
    {
        echo '<configuration>'
        property fs.defaultFS "hdfs://127.0.0.1:$rpc"
        property hadoop.tmp.dir "$home/tmp"
        property hadoop.http.staticuser.user hdfs
        echo '</configuration>'
    } >"$home/conf/core-site.xml"
    {
        echo '<configuration>'
        property dfs.namenode.name.dir "file://$home/name"
        property dfs.datanode.data.dir "file://$home/data"
        property dfs.replication 1
        # Small blocks, so that files of a test have several. Not smaller: on a busy machine, a server may not know yet that a
        # block is there when the next one is asked for, and Hadoop's client of ours does not ask twice.
        property dfs.blocksize 4194304
        property dfs.namenode.fs-limits.min-block-size 4096
        property dfs.namenode.http-address "127.0.0.1:$http"
        property dfs.namenode.datanode.registration.ip-hostname-check false
        property dfs.namenode.safemode.extension 0
        property dfs.datanode.hostname 127.0.0.1
        property dfs.datanode.address "127.0.0.1:$data"
        property dfs.datanode.http.address "127.0.0.1:$data_http"
        property dfs.datanode.ipc.address "127.0.0.1:$data_rpc"
        property dfs.heartbeat.interval 1
        echo '</configuration>'
    } >"$home/conf/hdfs-site.xml"
    # The pages of the daemons are not in the jars, and WebHDFS does not start without their folders.
    for daemon in hdfs datanode; do
        mkdir -p "$home/conf/webapps/$daemon/WEB-INF"
        echo '<web-app/>' >"$home/conf/webapps/$daemon/WEB-INF/web.xml"
    done
    printf '%s\n' 'log4j.rootLogger=WARN,stderr' 'log4j.appender.stderr=org.apache.log4j.ConsoleAppender' \
        'log4j.appender.stderr.Target=System.err' 'log4j.appender.stderr.layout=org.apache.log4j.SimpleLayout' \
        >"$home/conf/log4j.properties"
    local java=(env HADOOP_USER_NAME=hdfs java -Xmx256m -XX:+UseSerialGC --add-opens=java.base/java.lang=ALL-UNNAMED
        --add-opens=java.base/java.util=ALL-UNNAMED "-Dhadoop.log.dir=$home" -Djava.net.preferIPv4Stack=true
        -cp "$home/conf:$folder/lib/*")
    "${java[@]}" org.apache.hadoop.hdfs.server.namenode.NameNode -format -force -nonInteractive \
        </dev/null >"$home/log" 2>&1 || { tail -n 20 "$home/log" >&2; return 1; }
    setsid "${java[@]}" org.apache.hadoop.hdfs.server.namenode.NameNode </dev/null >"$home/name.log" 2>&1 &
    hdfs_pids=($!)
    setsid "${java[@]}" org.apache.hadoop.hdfs.server.datanode.DataNode </dev/null >"$home/data.log" 2>&1 &
    hdfs_pids+=($!)
    wait_for 90 "${hdfs_pids[0]}" "$home/name.log" has_data_node "$http" || return 1
    export GAPSYNC_TEST_HDFS=hdfs://hdfs@127.0.0.1:$rpc
    export GAPSYNC_TEST_WEBHDFS=127.0.0.1:$http
}

has_data_node() {
    python3 -c 'import json, sys, urllib.request
url = "http://127.0.0.1:%s/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState" % sys.argv[1]
answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=2)
sys.exit(json.load(answer)["beans"][0]["NumLiveDataNodes"] != 1)' "$1"
}
