# Sourced by tests/run: what the servers on Java have in common. They are installed once, in the cache folder of the user.

engines=${XDG_CACHE_HOME:-$HOME/.cache}/gapsync/engines

# Whether the filter may need an engine: none is set, or one names a folder of tests that uses it.
wanted() {
    local name folder
    if [ ${#filter[@]} = 0 ]; then return 0; fi
    for name in "${filter[@]}"; do
        for folder in "$@"; do
            if [[ $name == *"$folder"* ]]; then return 0; fi
        done
    done
    return 1
}

# Spark 3.5 and Hadoop 3.4 are made for Java 17; where Debian has no such package, its usual one has to do.
java_package() {
    if apt-cache show openjdk-17-jre-headless >/dev/null 2>&1; then
        echo openjdk-17-jre-headless
    else
        echo default-jre-headless
    fi
}

# Installs an engine into a folder by a command, unless that was done before. Two runs do not do it at once.
install_engine() {
    local folder=$1
    shift
    mkdir -p "$engines"
    (
        flock 9
        if [ -e "$folder/complete" ]; then exit 0; fi
        say "installing ${folder##*/}"
        rm -rf "$folder"
        mkdir "$folder"
        "$@" "$folder" >"$engines/install.log" 2>&1 || { tail -n 20 "$engines/install.log" >&2; exit 1; }
        touch "$folder/complete"
    ) 9>"$engines/lock"
}

# Prints ports that are free and stay so until somebody listens there: connections leave from higher ones.
free_ports() {
    python3 -c 'import random, socket, sys
ports = []
for port in random.sample(range(20000, 32000), 12000):
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        continue
    ports.append(port)
    if len(ports) == int(sys.argv[1]):
        break
print(*ports)' "$1"
}

# Waits until a command succeeds or a process is gone: wait_for SECONDS PID LOG COMMAND...
wait_for() {
    local seconds=$1 pid=$2 log=$3 i
    shift 3
    for ((i = 0; i < seconds * 5; i++)); do
        if "$@" >/dev/null 2>&1; then return; fi
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.2
    done
    tail -n 20 "$log" >&2
    return 1
}

# Ends servers that were started in sessions of their own, with all their processes: those of Java need a few seconds.
end_servers() {
    local pid i
    for pid in "$@"; do kill -- "-$pid" 2>/dev/null || true; done
    for pid in "$@"; do
        for ((i = 0; i < 100; i++)); do
            kill -0 -- "-$pid" 2>/dev/null || break
            sleep 0.2
        done
        kill -KILL -- "-$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
}
