# Sourced by tests/run: Redis, which the Debian package brings, and Celery, whose workers put tasks into it, from PyPI.

celery_version=5.7.0
redis_pids=()

need_redis() { [ -z "${GAPSYNC_TEST_REDIS:-}" ] && wanted snapshot queues eclecticiq; }

install_celery() {
    python3 -m venv "$1" && "$1/bin/pip" install --quiet "celery[redis]==$celery_version" packaging
}

redis_answers() { redis-cli -p "$1" ping | grep -q PONG; }

start_redis() {
    local home=$scratch/redis folder=$engines/celery-$celery_version port
    install_engine "$folder" install_celery || return 1
    mkdir -p "$home"
    read -r port < <(free_ports 1)
    setsid redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no --databases 512 --dir "$home" \
        </dev/null >"$home/log" 2>&1 &
    redis_pids=($!)
    wait_for 20 $! "$home/log" redis_answers "$port" || return 1
    export GAPSYNC_TEST_REDIS=redis://127.0.0.1:$port
    # Python with Celery and with Redis's own client, which looks into queues without gapsync's code.
    export GAPSYNC_TEST_CELERY=$folder/bin/python
}
