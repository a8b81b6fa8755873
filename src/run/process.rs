//! Names processes so that others can tell a dead one from a live one.

/// A process, as a lock names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its host.
    pub host: String,
    /// Its number.
    pub pid: u32,
    /// When it began, the namespace of its number, and something random, with hyphens between them.
    pub token: String,
}

impl Process {
    /// Returns this process, with a token that no other has.
    #[must_use]
    pub fn own() -> Self {
        let random = &uuid::Uuid::new_v4().simple().to_string()[..8];
        let pid = std::process::id();
        Self { host: host_name(), pid, token: format!("{}-{}-{random}", start_time(pid), process_space()) }
    }

    /// Returns whether the process is alive, or nothing if that cannot be seen from here.
    #[must_use]
    pub fn lives(&self) -> Option<bool> {
        self.lives_on(&host_name())
    }

    /// As [`Process::lives`], seen from a host. Two containers may share a host name without seeing each other's processes. A
    /// process of this host that is hidden from this user may be alive.
    pub(super) fn lives_on(&self, host: &str) -> Option<bool> {
        let mut token = self.token.split('-');
        let (began, space) = (token.next(), token.next());
        if self.host != host || space != Some(process_space().as_str()) {
            return None;
        }
        Some(match look(self.pid) {
            Seen::Gone => false,
            // The number may belong to another process by now, which then began at another time.
            Seen::Alive(since) => began == Some(since.to_string().as_str()),
            Seen::Hidden => true,
        })
    }
}

/// Returns the name of this host.
pub(super) fn host_name() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}

/// What the system shows of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// It is alive, and began this many ticks after the system did.
    Alive(u64),
    /// It does not exist, or has ended and only waits for its parent to collect the exit status.
    Gone,
    /// It is alive, but the system shows this user nothing else about it.
    Hidden,
}

fn look(pid: u32) -> Seen {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok();
    seen(stat.as_deref(), || {
        let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
        let answer = pid.map(rustix::process::test_kill_process);
        matches!(answer, Some(Ok(()) | Err(rustix::io::Errno::PERM)))
    })
}

/// Evaluates `/proc/<pid>/stat`, or without it the result of a signal that does nothing.
fn seen(stat: Option<&str>, takes_signals: impl Fn() -> bool) -> Seen {
    // The second field is a name in parentheses that may contain blanks; the state is the third, the start time the 22nd.
    let after_name = stat.and_then(|stat| stat.rsplit_once(") ")).map(|(_, rest)| rest);
    let Some(after_name) = after_name else {
        return if takes_signals() { Seen::Hidden } else { Seen::Gone };
    };
    if after_name.starts_with(['Z', 'X', 'x']) {
        return Seen::Gone;
    }
    after_name.split(' ').nth(19).and_then(|text| text.parse().ok()).map_or(Seen::Hidden, Seen::Alive)
}

/// Returns the process id namespace of this process, that is, of its container or machine. Empty if the system does not
/// report it.
fn process_space() -> String {
    let link = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    link.to_string_lossy().chars().filter(char::is_ascii_digit).collect()
}

/// Returns when a process began, in ticks since the system did, or zero if the system does not report it.
fn start_time(pid: u32) -> u64 {
    match look(pid) {
        Seen::Alive(since) => since,
        Seen::Gone | Seen::Hidden => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_process_of_this_host_is_known_by_its_beginning() {
        let own = Process::own();
        assert_eq!(own.lives(), Some(true));
        let token = format!("1-{}-abcdef01", process_space());
        assert_eq!(Process { token, ..own.clone() }.lives(), Some(false), "another process had the number");
        assert_eq!(own.lives_on("there"), None);
        assert_eq!(Process { token: "1-2-abcdef01".into(), ..own }.lives(), None, "it is in another container");
    }

    #[test]
    fn a_zombie_is_dead() {
        let mut child = std::process::Command::new("sleep").arg("0.2").spawn().unwrap();
        let token = format!("{}-{}-abcdef01", start_time(child.id()), process_space());
        let process = Process { host: host_name(), pid: child.id(), token };
        assert_eq!(process.lives(), Some(true));
        std::thread::sleep(std::time::Duration::from_secs(1));
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        assert!(stat.contains(") Z "), "{stat}");
        assert_eq!(process.lives(), Some(false));
        child.wait().unwrap();
        assert_eq!(process.lives(), Some(false));
    }

    #[test]
    fn a_process_that_is_hidden_may_live() {
        assert_eq!(seen(None, || true), Seen::Hidden);
        assert_eq!(seen(None, || false), Seen::Gone);
        assert_eq!(look(u32::MAX), Seen::Gone);
    }
}
