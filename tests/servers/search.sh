# Sourced by tests/run: OpenSearch, Elasticsearch 8 and 7, and an Elasticsearch 7 without `path.repo`, one node each. They come by
# Maven, from wherever its settings say: the distributions that plugins are tested with, by version and digest.

opensearch_version=2.19.6
opensearch_digest=71d6d8b1c637f3faecda0752b184b1cc526fc6eaad59ec1408c6327bb00b9293
elasticsearch_8_version=8.19.4
elasticsearch_8_digest=553088b4c0f60f04d7c63da609aaeae372c483159f4fb8013599e91233aab0de
elasticsearch_7_version=7.17.29
elasticsearch_7_digest=841ee00be1a72ba8e707b5a2fb55f23fe7a4184369b4585393238b1c903eedaf
search_pids=()

need_search() { [ -z "${GAPSYNC_TEST_OPENSEARCH:-}" ] && wanted snapshot search eclecticiq; }

search_installed() {
    [ -e "$engines/opensearch-$opensearch_version/complete" ] &&
        [ -e "$engines/elasticsearch-$elasticsearch_8_version/complete" ] &&
        [ -e "$engines/elasticsearch-$elasticsearch_7_version/complete" ]
}

# install_search PRODUCT VERSION DIGEST FOLDER
install_search() {
    local product=$1 version=$2 digest=$3 folder=$4
    mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy -DoutputDirectory="$folder" \
        -Dartifact="org.$product.distribution.integ-test-zip:$product:$version:zip" || return 1
    echo "$digest  $folder/$product-$version.zip" | sha256sum --check --quiet || return 1
    (cd "$folder" && python3 -m zipfile -e "$product-$version.zip" . && mv "$product-$version" home && rm "$product-$version.zip")
    chmod +x "$folder"/home/bin/*
}

# launch_search PRODUCT VERSION NAME PORT TRANSPORT REPOSITORY: starts one node; the repository may be empty.
launch_search() {
    local product=$1 version=$2 name=$3 port=$4 transport=$5 repository=$6 home=$scratch/search/$3 user=()
    mkdir -p "$home/data" "$home/logs" "$home/tmp"
    # The engines refuse to run as root, and whom they run as may not enter the cache of root.
    cp -r "$engines/$product-$version/home" "$home/home"
    {
        printf '%s\n' "cluster.name: gapsync-$name" 'node.name: one' 'discovery.type: single-node' \
            'http.host: 127.0.0.1' "http.port: $port" 'transport.host: 127.0.0.1' "transport.port: $transport" \
            "path.data: $home/data" "path.logs: $home/logs" 'cluster.routing.allocation.disk.threshold_enabled: false'
        if [ -n "$repository" ]; then
            mkdir -p "$repository"
            echo "path.repo: [\"$repository\"]"
        fi
        if [ "$product" = elasticsearch ]; then
            echo 'xpack.security.enabled: false'
        fi
    } >"$home/home/config/$product.yml"
    if [ "$(id -u)" = 0 ]; then
        user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
        chown -R 65534:65534 "$home" ${repository:+"$repository"}
    fi
    local java
    java=$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")
    (
        cd "$home"
        unset JAVA_TOOL_OPTIONS ES_PATH_CONF OPENSEARCH_PATH_CONF
        export HOME=$home JAVA_HOME=$java ES_JAVA_HOME=$java OPENSEARCH_JAVA_HOME=$java
        export ES_TMPDIR=$home/tmp OPENSEARCH_TMPDIR=$home/tmp
        export ES_JAVA_OPTS='-Xms512m -Xmx512m' OPENSEARCH_JAVA_OPTS='-Xms512m -Xmx512m'
        exec setsid "${user[@]}" "$home/home/bin/$product"
    ) </dev/null >"$home/log" 2>&1 &
    search_pids+=($!)
}

search_answers() {
    python3 -c 'import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
opener.open("http://127.0.0.1:%s/_cluster/health" % sys.argv[1], timeout=2)' "$1"
}

start_search() {
    local ports name
    install_engine "$engines/opensearch-$opensearch_version" \
        install_search opensearch "$opensearch_version" "$opensearch_digest" || return 1
    install_engine "$engines/elasticsearch-$elasticsearch_8_version" \
        install_search elasticsearch "$elasticsearch_8_version" "$elasticsearch_8_digest" || return 1
    install_engine "$engines/elasticsearch-$elasticsearch_7_version" \
        install_search elasticsearch "$elasticsearch_7_version" "$elasticsearch_7_digest" || return 1
    read -ra ports < <(free_ports 8)
    mkdir -p "$scratch/search"
    # Two at once: two cores.
    launch_search opensearch "$opensearch_version" opensearch "${ports[0]}" "${ports[1]}" "$scratch/search/repo-opensearch"
    launch_search elasticsearch "$elasticsearch_8_version" es8 "${ports[2]}" "${ports[3]}" "$scratch/search/repo-es8"
    wait_for 120 "${search_pids[0]}" "$scratch/search/opensearch/log" search_answers "${ports[0]}" || return 1
    wait_for 120 "${search_pids[1]}" "$scratch/search/es8/log" search_answers "${ports[2]}" || return 1
    launch_search elasticsearch "$elasticsearch_7_version" es7 "${ports[4]}" "${ports[5]}" "$scratch/search/repo-es7"
    launch_search elasticsearch "$elasticsearch_7_version" bare "${ports[6]}" "${ports[7]}" ''
    wait_for 120 "${search_pids[2]}" "$scratch/search/es7/log" search_answers "${ports[4]}" || return 1
    wait_for 120 "${search_pids[3]}" "$scratch/search/bare/log" search_answers "${ports[6]}" || return 1
    export GAPSYNC_TEST_OPENSEARCH=http://127.0.0.1:${ports[0]} GAPSYNC_TEST_ELASTICSEARCH_8=http://127.0.0.1:${ports[2]}
    export GAPSYNC_TEST_ELASTICSEARCH_7=http://127.0.0.1:${ports[4]} GAPSYNC_TEST_ELASTICSEARCH_BARE=http://127.0.0.1:${ports[6]}
    # A test damages files of an index there.
    export GAPSYNC_TEST_OPENSEARCH_DATA=$scratch/search/opensearch/data
}
