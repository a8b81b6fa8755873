# Sourced by tests/run: the real systemd with units of ours, as the first process of namespaces of its own. That takes root.

systemd_pids=()

need_systemd() { [ -z "${GAPSYNC_TEST_SYSTEMD:-}" ] && wanted snapshot units eclecticiq; }

systemd_possible() {
    [ "$(id -u)" = 0 ] && [ -x /lib/systemd/systemd ] && have nsenter &&
        unshare --pid --fork --mount --mount-proc --uts --ipc --cgroup true 2>/dev/null
}

# systemd_unit NAME LINE...: writes a unit that runs until it is stopped.
systemd_unit() {
    local name=$1
    shift
    printf '%s\n' '[Unit]' 'DefaultDependencies=no' '[Service]' 'ExecStart=/bin/sleep infinity' "$@" >"$scratch/systemd/units/$name.service"
}

systemd_answers() { nsenter -t "$(pgrep -P "$systemd_pid" -x systemd)" -m -p systemctl is-system-running | grep -qE 'running|degraded|starting'; }

start_systemd() {
    local home=$scratch/systemd
    mkdir -p "$home/units"
    printf '%s\n' '[Unit]' 'Description=units of tests' >"$home/units/test.target"
    systemd_unit eclecticiq-platform-backend-services
    systemd_unit eclecticiq-platform-backend-worker-beat
    systemd_unit eclecticiq-platform-backend-worker@ "ExecStartPre=/usr/bin/test ! -e $home/broken-%i"
    systemd_unit eclecticiq-platform-frontend-services
    systemd_unit eclecticiq-platform-frontend-worker@
    cat >"$home/init" <<END
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system
mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null || mount -t tmpfs tmpfs /sys/fs/cgroup
mount -t tmpfs tmpfs /etc/systemd/system
cp "$home"/units/* /etc/systemd/system/
exec env container=gapsync SYSTEMD_LOG_TARGET=console /lib/systemd/systemd --system --unit=test.target --log-level=warning --show-status=false
END
    setsid unshare --pid --fork --kill-child --mount --mount-proc --uts --ipc --cgroup bash "$home/init" </dev/null >"$home/log" 2>&1 &
    systemd_pid=$!
    systemd_pids=("$systemd_pid")
    wait_for 20 "$systemd_pid" "$home/log" systemd_answers || return 1
    # The process that namespaces are entered by, and a folder in which a file `broken-a` keeps the worker `a` from starting.
    GAPSYNC_TEST_SYSTEMD=$(pgrep -P "$systemd_pid" -x systemd)
    export GAPSYNC_TEST_SYSTEMD GAPSYNC_TEST_SYSTEMD_FOLDER=$home
}
