//! The settings with which a server recovers: options from version 12 on, a file before.

use super::marks::Instant;
use crate::snapshot::request::Until;

/// From this version on, what a recovery needs are settings like any other.
const OPTIONS_FROM: u32 = 12;

/// What a recovery must not take over from the settings that the server had.
const FIXED: [(&str, &str); 17] = [
    ("listen_addresses", ""),
    ("ssl", "off"),
    ("fsync", "on"),
    ("hot_standby", "off"),
    ("archive_mode", "off"),
    ("autovacuum", "off"),
    ("restart_after_crash", "off"),
    ("huge_pages", "off"),
    ("shared_buffers", "128MB"),
    ("shared_preload_libraries", ""),
    ("session_preload_libraries", ""),
    ("local_preload_libraries", ""),
    ("external_pid_file", ""),
    ("logging_collector", "off"),
    ("log_destination", "stderr"),
    ("log_min_messages", "warning"),
    ("lc_messages", "C"),
];

/// What may not stay from an earlier recovery of the server. They come first: a target that is set refuses others, even empty ones.
const NONE_OF: [(&str, &str); 8] = [
    ("recovery_target", ""),
    ("recovery_target_xid", ""),
    ("recovery_target_lsn", ""),
    ("recovery_target_time", ""),
    ("recovery_target_name", ""),
    ("recovery_end_command", ""),
    ("archive_cleanup_command", ""),
    ("primary_conninfo", ""),
];

/// How a server is started that recovers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// Settings of the command line, in order.
    pub(super) options: Vec<(String, String)>,
    /// The file that makes it a recovery, and its text.
    pub(super) file: (&'static str, String),
}

/// Returns how a server of a major version is started that recovers up to a moment on a timeline.
pub(super) fn settings(major: u32, until: &Until, instant: &Instant, timeline: u32) -> Settings {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let target = match until {
        Until::Instant => ("recovery_target_name", instant.name.clone()),
        Until::Time(time) => ("recovery_target_time", format!("{time}+00")),
        Until::Name(name) => ("recovery_target_name", name.clone()),
    };
    // The server works in its data folder, and the archive is beside that.
    let recovery = [
        ("restore_command", "cp ../archive/%f %p".to_owned()),
        target,
        ("recovery_target_timeline", timeline.to_string()),
        ("recovery_target_action", "promote".to_owned()),
    ];
    let mut options: Vec<(String, String)> = FIXED.iter().map(own).collect();
    options.extend(instant.settings.iter().map(|(name, value)| (name.clone(), value.clone())));
    if major >= OPTIONS_FROM {
        options.extend(NONE_OF.iter().map(own));
        options.push(("recovery_min_apply_delay".to_owned(), "0".to_owned()));
        options.push(("recovery_target_inclusive".to_owned(), "on".to_owned()));
        options.extend(recovery.map(|(name, value)| (name.to_owned(), value)));
        return Settings { options, file: ("recovery.signal", String::new()) };
    }
    let line = |(name, value): &(&str, String)| format!("{name} = '{}'\n", value.replace('\'', "''"));
    Settings { options, file: ("recovery.conf", recovery.iter().map(line).collect()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant() -> Instant {
        Instant {
            name: "gapsync_1".to_owned(),
            position: 7,
            time: "2026-11-29 15:00:00".to_owned(),
            to: "000000020000000000000007".to_owned(),
            superuser: "postgres".to_owned(),
            settings: [("max_connections".to_owned(), "300".to_owned())].into(),
        }
    }

    #[test]
    fn version_11_recovers_by_a_file() {
        let found = settings(11, &Until::Time("2026-11-29 14:00:00.5".to_owned()), &instant(), 2);
        assert_eq!(found.file.0, "recovery.conf");
        assert_eq!(
            found.file.1,
            "restore_command = 'cp ../archive/%f %p'\nrecovery_target_time = '2026-11-29 14:00:00.5+00'\n\
             recovery_target_timeline = '2'\nrecovery_target_action = 'promote'\n"
        );
        assert!(found.options.iter().all(|(name, _)| !name.starts_with("recovery") && name != "restore_command"));
        assert!(found.options.contains(&("max_connections".to_owned(), "300".to_owned())));
        let found = settings(11, &Until::Name("it's".to_owned()), &instant(), 1);
        assert!(found.file.1.contains("recovery_target_name = 'it''s'\n"), "{}", found.file.1);
    }

    #[test]
    fn version_12_recovers_by_options_of_which_the_target_comes_last() {
        let found = settings(12, &Until::Instant, &instant(), 2);
        assert_eq!(found.file, ("recovery.signal", String::new()));
        let targets: Vec<_> = found
            .options
            .iter()
            .filter(|(name, _)| ["recovery_target_name", "recovery_target_time"].contains(&name.as_str()))
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            targets,
            [("recovery_target_time", ""), ("recovery_target_name", ""), ("recovery_target_name", "gapsync_1")]
        );
    }
}
