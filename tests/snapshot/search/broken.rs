//! Snapshots and restores that fail in the engine: never a success, and nothing is left.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::super::Site;
use super::Engine;
use crate::support::service;

const CREATE: [&str; 3] = ["create", "--platform=site.toml", "--target=out"];

#[test]
fn a_partial_snapshot_is_no_success() {
    let Some(data) = service("opensearch", "GAPSYNC_TEST_OPENSEARCH_DATA") else { return };
    let Some(engine) = Engine::opensearch() else { return };
    engine.script("load", &["site_torn", "3000"]);
    let site = Site::new();
    site.with_indices(&engine, "[\"site_torn\"]", true, "");
    // The engine has the files open and does not notice; its snapshot opens them anew.
    let uuid = engine.script("shard", &["site_torn"]);
    engine.script("post", &["/site_torn/_flush"]);
    let shard = PathBuf::from(data).join("nodes/0/indices").join(uuid.trim()).join("0/index");
    let mut lost = 0;
    for entry in fs::read_dir(&shard).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "cfs" || extension == "fdt") {
            fs::remove_file(path).unwrap();
            lost += 1;
        }
    }
    assert!(lost > 0, "{shard:?}");
    let ended = site.expect(&CREATE, 6, "the snapshot of the engine is no success but PARTIAL");
    assert!(ended.stderr.contains("shard 0 of site_torn"), "{}", ended.stderr);
    assert!(site.bundles().is_empty() && site.runs());
    engine.expect_left(&["site_torn"]);
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn a_red_index_and_one_that_is_missing_or_closed_are_refused_before_anything_is_stopped() {
    let Some(engine) = Engine::opensearch() else { return };
    let nowhere = "{\"settings\": {\"number_of_replicas\": 0, \"index.routing.allocation.require.zone\": \"nowhere\"}}";
    engine.script("put", &["/site_red?wait_for_active_shards=0&timeout=1s", nowhere]);
    engine.script("load", &["site_shut", "10"]);
    engine.script("post", &["/site_shut/_close"]);
    let site = Site::new();
    for (indices, status, words) in [
        ("[\"site_red\"]", 6, "the index site_red is red"),
        ("[\"site_none\"]", 7, "there is no index `site_none`"),
        ("[\"site_shut\", \"site_n*\"]", 7, "there is no index `site_n*`"),
        ("[\"site_shut\"]", 7, "the index site_shut is closed"),
    ] {
        site.with_indices(&engine, indices, true, "");
        site.expect(&CREATE, status, words);
        assert_eq!(site.log(), Vec::<String>::new(), "{indices}");
    }
    engine.expect_left(&["site_red", "site_shut"]);
}

#[test]
fn a_slow_snapshot_is_waited_for_or_stopped_in_time() {
    let Some(engine) = Engine::opensearch() else { return };
    // Beside an application that works, the engine writes 40 MB a second.
    engine.script("big", &["site_big", "120"]);
    let site = Site::new();
    site.with_indices(&engine, "[\"site_big\"]", false, "timeout = \"1s\"\n");
    site.expect(&CREATE, 6, "the snapshot is not finished in time");
    assert!(site.bundles().is_empty());
    engine.expect_left(&["site_big"]);
    site.with_indices(&engine, "[\"site_big\"]", false, "");
    let begun = std::time::Instant::now();
    let bundle = site.create(&["--compression=none"]);
    assert!(begun.elapsed().as_secs_f64() > 2.0, "{begun:?}");
    site.expect(&site.restore_index(&bundle, &["--rename=index=site_big2"]), 0, "finished");
    let documents = |index: &str| engine.script("get", &[&format!("/{index}/_count")]);
    assert!(documents("site_big").contains("\"count\": 120,"));
    assert_eq!(documents("site_big"), documents("site_big2"));
}

#[test]
fn an_engine_without_a_place_for_snapshots_is_refused_with_the_line_that_it_needs() {
    let Some(engine) = Engine::of("GAPSYNC_TEST_ELASTICSEARCH_BARE") else { return };
    engine.script("load", &["site_bare", "10"]);
    let site = Site::new();
    site.with_indices(&engine, "[\"site_bare\"]", true, "");
    let ended = site.expect(&CREATE, 7, "has no path.repo");
    for words in ["path.repo: [\"", "elasticsearch.yml", "restart"] {
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
    assert_eq!(site.log(), Vec::<String>::new());
}

#[test]
fn a_folder_outside_of_path_repo_is_refused() {
    let Some(engine) = Engine::opensearch() else { return };
    engine.script("load", &["site_out", "10"]);
    let site = Site::new();
    site.with_indices(&engine, "[\"site_out\"]", true, "repository = \"/var/lib\"\n");
    site.expect(&CREATE, 7, "is not below path.repo");
    let below = engine.folder().join("none");
    site.with_indices(&engine, "[\"site_out\"]", true, &format!("repository = \"{}\"\n", below.display()));
    site.expect(&CREATE, 7, "is not on this machine");
}

#[test]
fn damage_in_the_bundle_reaches_no_engine() {
    let Some(engine) = Engine::opensearch() else { return };
    engine.script("load", &["site_x", "2000"]);
    let site = Site::new();
    site.with_indices(&engine, "[\"site_x\"]", true, "");
    let bundle = site.create(&["--compression=none"]);
    engine.script("delete", &["/site_x"]);
    let mut bytes = fs::read(&bundle).unwrap();
    // Lucene's files end with a footer that begins so.
    let at = bytes.windows(4).rposition(|window| window == [0xc0, 0x28, 0x93, 0xe8]).expect("a blob");
    bytes[at - 100] ^= 1;
    let broken = site.path().join("broken.tar");
    fs::write(&broken, bytes).unwrap();
    site.expect(&site.restore_index(&broken, &[]), 5, "error: ");
    engine.expect_left(&[]);
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn a_repository_that_was_damaged_in_the_engine_never_becomes_an_index() {
    let Some(engine) = Engine::opensearch() else { return };
    engine.script("load", &["site_y", "5000"]);
    let site = Site::new();
    // The services start after the instant and before the content is read: one of them ruins the largest blob as a disk does,
    // without a new time.
    let ruin = site.path().join("ruin");
    let script = format!(
        "#!/bin/sh\nblob=$(find '{0}' -name '__*' -printf '%s %p\\n' | sort -n | tail -1 | cut -d' ' -f2-)\n\
         touch -r \"$blob\" '{1}'\n\
         printf 'XXXXXXXX' | dd of=\"$blob\" bs=1 seek=2000 conv=notrunc 2>/dev/null\n\
         touch -r '{1}' \"$blob\"\n",
        engine.folder().display(),
        site.at("when")
    );
    fs::write(&ruin, script).unwrap();
    fs::set_permissions(&ruin, fs::Permissions::from_mode(0o755)).unwrap();
    let service = format!("[[service]]\nname = \"ruin\"\nstop = [\"true\"]\nstart = [\"{}\"]\n", ruin.display());
    site.with_indices(&engine, "[\"site_y\"]", true, &service);
    let bundle = site.create(&[]);
    site.expect(&["verify", bundle.to_str().unwrap()], 0, "is intact");
    let ended = site.run(&site.restore_index(&bundle, &["--rename=index=site_z"]));
    assert_eq!(ended.status, 5, "{ended:?}");
    assert!(ended.stderr.contains("the engine could not restore the indices"), "{}", ended.stderr);
    engine.expect_left(&["site_y"]);
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn a_password_reaches_no_message() {
    let Some(engine) = Engine::opensearch() else { return };
    engine.script("load", &["site_p", "10"]);
    let site = Site::new();
    site.with_indices(&engine, "[\"site_p\"]", true, "");
    let file = site.path().join("credentials");
    fs::write(&file, "[index]\nuser = \"ann\"\npassword = \"geheim\"\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let ended = site.expect(&[&CREATE[..], &["--credentials=credentials", "--json"]].concat(), 0, "finished");
    assert!(!format!("{ended:?}").contains("geheim"), "{ended:?}");
    let text = fs::read_to_string(site.path().join("site.toml")).unwrap();
    let host = engine.url.trim_start_matches("http://");
    fs::write(site.path().join("site.toml"), text.replace(host, &format!("ann:geheim@{host}"))).unwrap();
    let ended = site.expect(&CREATE, 2, "holds a user or a password");
    assert!(!format!("{ended:?}").contains("geheim"), "{ended:?}");
    for entry in fs::read_dir(site.path().join("out")).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"geheim"));
    }
}
