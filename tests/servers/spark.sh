# Sourced by tests/run: Spark's Thrift server, which stands for every engine with HiveServer2. It is a package of PyPI. What it
# needs to read buckets comes by Maven: Hadoop's client for S3, in the version that this Spark is made of.

spark_version=3.5.9
s3a_version=3.3.4
s3a_sdk_version=1.12.262
spark_pids=()

need_spark() { [ -z "${GAPSYNC_TEST_SPARK:-}" ] && wanted hive migrate; }

install_spark() {
    python3 -m venv "$1" && "$1/bin/pip" install --quiet "pyspark==$spark_version"
}

# In place of the SDK as a whole, of which Hadoop's client names a jar of 270 MB, the four parts that it uses. Spark has the rest.
install_s3a() {
    local sdk part dependencies=''
    for part in s3 sts dynamodb; do
        dependencies+="<dependency><groupId>com.amazonaws</groupId><artifactId>aws-java-sdk-$part</artifactId>"
        dependencies+="<version>$s3a_sdk_version</version></dependency>"
    done
    sdk='<exclusion><groupId>com.amazonaws</groupId><artifactId>aws-java-sdk-bundle</artifactId></exclusion>'
    cat >"$1/pom.xml" <<END
<project><modelVersion>4.0.0</modelVersion>
<groupId>gapsync</groupId><artifactId>s3a</artifactId><version>1</version><packaging>pom</packaging>
<dependencies><dependency><groupId>org.apache.hadoop</groupId><artifactId>hadoop-aws</artifactId>
<version>$s3a_version</version><exclusions>$sdk</exclusions></dependency>$dependencies</dependencies></project>
END
    mvn -q -B -f "$1/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$1/lib" \
        -DexcludeGroupIds=com.fasterxml.jackson.core,commons-codec,commons-logging,joda-time,org.apache.httpcomponents
}

# One process with a listener for each way to log in: any user by SASL, none, any user by TLS, and nobody.
start_spark() {
    local home=$scratch/spark folder=$engines/spark-$spark_version plain nosasl tls ldap bucket
    local s3a=$engines/s3a-$s3a_version
    install_engine "$folder" install_spark && install_engine "$s3a" install_s3a || return 1
    mkdir -p "$home/tmp" "$home/derby"
    keytool -genkeypair -alias server -keyalg EC -dname CN=localhost -ext san=dns:localhost,ip:127.0.0.1 -validity 36500 \
        -storetype PKCS12 -keystore "$home/keys" -storepass changeit >"$home/log" 2>&1 || { cat "$home/log" >&2; return 1; }
    keytool -exportcert -rfc -alias server -keystore "$home/keys" -storepass changeit >"$home/ca.pem" 2>>"$home/log"
    read -r plain nosasl tls ldap < <(free_ports 4)
    bucket=http://127.0.0.1:$(free_ports 1)
    (
        cd "$home"
        unset JAVA_TOOL_OPTIONS SPARK_HOME
        export SPARK_LOCAL_IP=127.0.0.1 SPARK_LOCAL_DIRS=$home/tmp TMPDIR=$home/tmp
        export PYSPARK_SUBMIT_ARGS="--driver-memory 1g --driver-java-options '-Dderby.system.home=$home/derby \
            -Djava.io.tmpdir=$home/tmp -XX:+UseSerialGC' --driver-class-path '$s3a/lib/*' pyspark-shell"
        exec setsid "$folder/bin/python" "$root/tests/servers/spark.py" "$home" "$bucket" "$plain,authentication=NONE" \
            "$nosasl,authentication=NOSASL" "$ldap,authentication=LDAP,authentication.ldap.url=ldap://127.0.0.1:1" \
            "$tls,authentication=NONE,use.SSL=true,keystore.path=$home/keys,keystore.password=changeit"
    ) </dev/null >"$home/log" 2>&1 &
    spark_pids=($!)
    wait_for 120 $! "$home/log" grep -q '^ready' "$home/log" || return 1
    export GAPSYNC_TEST_SPARK=hive://127.0.0.1:$plain
    # The tests serve buckets there.
    export GAPSYNC_TEST_S3=$bucket
    # Beeline, with which the rows of a migration are compared.
    SPARK_HOME=$(echo "$folder"/lib/python3*/site-packages/pyspark)
    export SPARK_HOME
    export GAPSYNC_TEST_SPARK_NOSASL="hive://127.0.0.1:$nosasl/?auth=nosasl"
    export GAPSYNC_TEST_SPARK_TLS="hive://127.0.0.1:$tls/?ca=$home/ca.pem"
    export GAPSYNC_TEST_SPARK_LDAP=hive://127.0.0.1:$ldap
}
