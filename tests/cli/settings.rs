//! Where settings come from.

use super::{Desk, finish};

fn created(desk: &Desk) -> Vec<String> {
    desk.files().into_iter().filter(|name| name.ends_with(".db")).collect()
}

#[test]
fn the_command_line_wins_over_environment_and_configuration() {
    let desk = Desk::empty();
    desk.write("c.toml", "database = 'sqlite:config.db'\nprofile = 'mini'\n");
    finish(desk.command(&["init"]).env_remove("GAPSYNC_PROFILE").env("GAPSYNC_CONFIG", "c.toml"));
    assert_eq!(created(&desk), ["config.db"]);
    finish(desk.command(&["init", "--config=c.toml"]).env("GAPSYNC_DATABASE", "sqlite:env.db"));
    assert_eq!(created(&desk), ["config.db", "env.db"]);
    finish(
        desk.command(&["init", "--config=c.toml", "--database=sqlite:typed.db"])
            .env("GAPSYNC_DATABASE", "sqlite:unused.db"),
    );
    assert_eq!(created(&desk), ["config.db", "env.db", "typed.db"]);
}

#[test]
fn the_usual_files_are_found() {
    let desk = Desk::empty();
    let found = |desk: &Desk| {
        let mut command = desk.command(&["init"]);
        finish(command.env_remove("GAPSYNC_CONFIG").env("XDG_CONFIG_HOME", desk.path()))
    };
    std::fs::create_dir(desk.path().join("gapsync")).unwrap();
    desk.write("gapsync/config.toml", "database = 'sqlite:user.db'");
    assert_eq!(found(&desk).status, 0);
    // The current folder may be a disc that came from elsewhere.
    desk.write("gapsync.toml", "database = 'sqlite:here.db'");
    std::fs::remove_file(desk.path().join("user.db")).unwrap();
    let ended = found(&desk);
    assert_eq!(ended.status, 0);
    assert!(ended.stderr.contains("`gapsync.toml` in the current folder is ignored"), "{}", ended.stderr);
    assert_eq!(created(&desk), ["user.db"]);
    let mut command = desk.command(&["init"]);
    command.env_remove("GAPSYNC_CONFIG").env("XDG_CONFIG_HOME", ".").env("HOME", ".");
    assert_eq!(finish(&mut command).status, 0);
    assert_eq!(created(&desk), ["gapsync.db", "user.db"]);
}

#[test]
fn without_any_the_default_database_is_made() {
    let desk = Desk::empty();
    assert_eq!(desk.run(&["init"]).status, 0);
    assert_eq!(created(&desk), ["gapsync.db"]);
}

#[test]
fn a_configuration_that_is_none_is_told_by_line() {
    let desk = Desk::empty();
    for (text, line) in [("database = 5", 1), ("\nbanana = 'x'", 2), ("password = 's3cret\n", 1)] {
        desk.write("c.toml", text);
        let ended = desk.run(&["init", "--config=c.toml"]);
        assert_eq!(ended.status, 2);
        assert!(ended.stderr.contains(&format!("file `c.toml`, line `{line}`")), "{}", ended.stderr);
        assert!(!ended.stderr.contains("s3cret"), "{}", ended.stderr);
    }
    let ended = finish(desk.command(&["init"]).env("GAPSYNC_PROGRESS", "loud"));
    assert!(ended.status == 2 && ended.stderr.contains("`loud`"), "{}", ended.stderr);
}

#[cfg(unix)]
#[test]
fn a_password_that_others_may_read_draws_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::empty();
    let path = desk.write("c.toml", "password = 's3cret'\n");
    for (mode, warned) in [(0o644, true), (0o600, false)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let ended = desk.run(&["history", "--config=c.toml", "--database=sqlite:none.db"]);
        assert_eq!(ended.stderr.contains("warning: `c.toml` holds a password"), warned, "{}", ended.stderr);
    }
}

#[test]
fn the_transfer_folder_is_the_second_place_to_look() {
    let desk = Desk::with_rows();
    std::fs::create_dir_all(desk.path().join("transfer/out")).unwrap();
    desk.write("c.toml", "transfer_folder = 'transfer'\ndatabase = 'sqlite:a.db'\n");
    assert_eq!(desk.run(&["export", "--config=c.toml", "--target=out"]).status, 0);
    let bundle = std::fs::read_dir(desk.path().join("transfer/out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .find(|name| name.ends_with(".tar.gz"))
        .unwrap();
    let path = format!("out/{bundle}");
    assert_eq!(desk.run(&["verify", &path]).status, 10);
    assert_eq!(desk.run(&["verify", "--config=c.toml", &path]).status, 0);
    assert_eq!(desk.run(&["import", "--config=c.toml", "--file", &path]).status, 0);
}
