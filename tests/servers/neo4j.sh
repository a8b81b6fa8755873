# Sourced by tests/run: Neo4j 5 Community, whose jars come by Maven and are checked by their digests. It is the tests that start and
# stop servers, as a snapshot wants them stopped: one at a time, by the script `neo4j` in the folder that the variable names.

neo4j_version=5.26.0

need_neo4j() { [ -z "${GAPSYNC_TEST_NEO4J:-}" ] && wanted snapshot neo4j eclecticiq; }

install_neo4j() {
    cat >"$1/pom.xml" <<XML
<project><modelVersion>4.0.0</modelVersion>
<groupId>gapsync</groupId><artifactId>neo4j</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
<dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>$neo4j_version</version></dependency>
<dependency><groupId>org.neo4j.app</groupId><artifactId>neo4j-server</artifactId><version>$neo4j_version</version></dependency>
</dependencies></project>
XML
    mvn -q -B -f "$1/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$1/lib" &&
        (cd "$1/lib" && sha256sum --check --strict --quiet "$root/tests/servers/neo4j-$neo4j_version.sha256")
}

# Writes the scripts that run it: `neo4j start|stop|kill|running HOME` and `neo4j-admin`. The user of a home is whom its folder
# `data` belongs to.
prepare_neo4j() {
    local home=$scratch/neo4j flags target
    install_engine "$engines/neo4j-$neo4j_version" install_neo4j || return 1
    mkdir -p "$home"
    # Another user runs the server, who cannot look into our cache.
    cp -r "$engines/neo4j-$neo4j_version/lib" "$home/lib"
    flags='-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dio.netty.tryReflectionSetAccessible=true -Dlog4j2.disable.jmx=true'
    for target in java.nio java.io sun.nio.ch java.util.concurrent; do
        flags+=" --add-opens=java.base/$target=ALL-UNNAMED"
    done
    cat >"$home/neo4j-admin" <<SH
#!/bin/sh
unset JAVA_TOOL_OPTIONS
exec java $flags -Xmx192m -cp '$home/lib/*' org.neo4j.cli.AdminTool "\$@"
SH
    cat >"$home/neo4j" <<SH
#!/bin/sh
runs() { [ -e "/proc/\$pid/status" ] && ! grep -q '^State:.Z' "/proc/\$pid/status"; }
pid=\$(cat "\$2/pid" 2>/dev/null || echo none)
case \$1 in
running) runs ;;
start)
    cd "\$2" || exit 1
    unset JAVA_TOOL_OPTIONS
    user=
    if [ "\$(id -u)" = 0 ]; then user="setpriv --reuid=\$(stat -c %u .) --regid=\$(stat -c %g .) --clear-groups"; fi
    rm -f logs/neo4j.log
    setsid \$user java $flags -Xms128m -Xmx320m -cp '$home/lib/*' org.neo4j.server.CommunityEntryPoint \\
        --home-dir="\$2" --config-dir="\$2/conf" </dev/null >out.log 2>&1 &
    pid=\$!
    echo \$pid >pid
    for _ in \$(seq 600); do
        grep -qs ' Started\.' logs/neo4j.log && exit 0
        runs || { tail -n 20 out.log >&2; exit 1; }
        sleep 0.2
    done
    exit 1 ;;
stop | kill)
    if [ "\$1" = kill ]; then signal=KILL; else signal=TERM; fi
    kill -\$signal "\$pid" 2>/dev/null
    while runs; do sleep 0.1; done ;;
esac
SH
    chmod 755 "$home/neo4j" "$home/neo4j-admin"
    export GAPSYNC_TEST_NEO4J=$home
}
