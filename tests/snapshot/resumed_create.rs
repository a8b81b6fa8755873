//! A snapshot that was killed or has failed goes on, where its instants can still be had: nothing is stopped twice, and what
//! engines keep is packed again. Where an instant is gone, it is refused with the reason.

use std::fs;
use std::path::PathBuf;

use super::Site;
use super::cassandra::{Keyspace, Node};
use super::search::Engine;
use crate::support::{Ended, finish};

const CREATE: [&str; 3] = ["create", "--platform=site.toml", "--target=out"];

/// Kills a snapshot at a point, and returns its id, as the error of the next one names it.
#[track_caller]
fn killed(site: &Site, create: &[&str], point: &str) -> String {
    let killed = finish(site.command(create).env("GAPSYNC_FAIL_POINT", point));
    assert_eq!(killed.status, -1, "{point}: {killed:?}");
    named(&site.expect(create, 9, "gapsync snapshot recover"))
}

/// All that was said, in one line.
fn said(ended: &Ended) -> String {
    let words = [&ended.stdout, &ended.stderr].map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    words.join(" ")
}

/// The id in the command that goes on.
#[track_caller]
fn named(ended: &Ended) -> String {
    let (_, id) = ended.stderr.split_once("--resume ").expect("the command that goes on");
    id.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn nothing_is_stopped_twice_while_the_services_stand_still() {
    let site = Site::new();
    site.with_services("[[check]]\nname = \"front\"\nwhen = \"before\"\nrun = [\"CTL\", \"running\", \"front\"]\n");
    let was = site.tree("list", "srv/files");
    for point in [
        "snapshot.before-stop",
        "snapshot.stopped",
        "snapshot.stopped:2",
        "snapshot.listed",
        "export.header",
        "snapshot.part",
    ] {
        site.log();
        let id = killed(&site, &CREATE, point);
        let stops = site.log().into_iter().filter(|line| line.starts_with("stop")).count();
        let ended = site.expect(&[&CREATE[..], &["--resume", &id]].concat(), 0, "finished");
        let log = site.log();
        let again = log.iter().filter(|line| line.starts_with("stop")).count();
        assert_eq!(stops + again, 2, "{point}: {log:?}");
        assert_eq!(log.iter().filter(|line| line.starts_with("start")).count(), 2, "{point}: {log:?}");
        assert!(point == "snapshot.before-stop" || ended.stdout.contains("nothing is stopped twice"), "{ended:?}");
        assert!(site.runs(), "{point}");
        assert_eq!(site.leftovers(), Vec::<String>::new(), "{point}");
        let bundle = site.bundles().remove(0);
        let inspected = finish(&mut crate::support::gapsync(["inspect", "--json", bundle.to_str().unwrap()]));
        assert!(inspected.stdout.contains(&id), "{point}: {inspected:?}");
        let file = bundle.to_str().unwrap();
        site.expect(&["restore", "--platform=site.toml", "--only=files", "--root=r", "--file", file], 0, "finished");
        assert_eq!(site.tree("list", "r/files"), was, "{point}");
        fs::remove_dir_all(site.path().join("r")).unwrap();
        fs::remove_file(format!("{file}.sha256")).unwrap();
        fs::remove_file(file).unwrap();
    }
}

#[test]
fn a_snapshot_whose_instants_are_gone_is_refused_and_nothing_is_changed() {
    let site = Site::new();
    site.with_services("");
    let resume =
        |id: &str| [&CREATE[..], &["--resume", id]].concat().into_iter().map(str::to_owned).collect::<Vec<_>>();
    site.expect(&[&CREATE[..], &["--resume", "none"]].concat(), 2, "there is no snapshot none to go on with");
    for point in ["snapshot.before-start", "snapshot.started", "snapshot.started:2", "snapshot.catalogue"] {
        let id = killed(&site, &CREATE, point);
        let words = resume(&id);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let refused = site.expect(
            &words,
            2,
            "the services run again, and nothing keeps the instants of the stores files, config",
        );
        let by_hand = "make the snapshot anew: gapsync snapshot create --platform=site.toml --target=out";
        assert!(refused.stderr.contains(by_hand), "{refused:?}");
        // What is refused has changed nothing: it is still to be recovered.
        site.expect(&CREATE, 9, "gapsync snapshot recover");
        site.expect(&["recover"], 0, "");
        assert!(site.runs(), "{point}");
        assert_eq!(site.leftovers(), Vec::<String>::new(), "{point}");
    }
    // Somebody has started a service meanwhile.
    let id = killed(&site, &CREATE, "snapshot.listed");
    fs::write(site.path().join("run-front"), "").unwrap();
    site.expect(&[&CREATE[..], &["--resume", &id]].concat(), 2, "the services run again");
    site.expect(&["recover"], 0, "");
    // Other options, another id, a bundle that lacks nothing.
    let id = killed(&site, &CREATE, "snapshot.listed");
    for more in [&["--only=files"][..], &["--mode=ordered"], &["--set=files=/nonexistent"]] {
        site.expect(&[&CREATE[..], &["--resume", &id], more].concat(), 2, "the options or the platform file");
    }
    site.expect(&[&CREATE[..], &["--resume", &id[1..]]].concat(), 2, "there is no snapshot");
    site.expect(&["recover"], 0, "");
    let id = killed(&site, &CREATE, "export.after-rename");
    site.expect(&[&CREATE[..], &["--resume", &id]].concat(), 2, "the bundle of the snapshot is complete");
    site.expect(&["recover"], 0, "");
    assert_eq!(site.bundles().len(), 1);
}

#[test]
fn stores_of_their_own_moments_are_taken_anew() {
    let site = Site::new();
    let id = killed(&site, &CREATE, "snapshot.part:2");
    fs::write(site.path().join("srv/files/newer"), "written since").unwrap();
    let was = site.tree("list", "srv/files");
    let ended = site.expect(&[&CREATE[..], &["--resume", &id]].concat(), 0, "files: is taken anew");
    assert!(ended.stdout.contains("class        ordered"), "{ended:?}");
    let bundle = site.bundles().remove(0);
    site.expect(&["restore", "--platform=site.toml", "--root=r", "--file", bundle.to_str().unwrap()], 0, "finished");
    assert_eq!(site.tree("list", "r/files"), was);
    assert_eq!(site.leftovers(), Vec::<String>::new());
}

#[test]
fn what_cassandra_keeps_is_packed_again() {
    let Some(node) = Node::find("50") else { return };
    for point in ["cassandra.snapshot", "snapshot.part:2"] {
        let living = Keyspace::small(&node);
        let site = Site::of_keyspace(&living, "");
        let (saved, copy) = (living.save(&site), Keyspace::named(&node));
        let create = [&CREATE[..], &["--only=data", "--credentials=cred"]].concat();
        let id = killed(&site, &create, point);
        let lifted = point.contains("part");
        if lifted {
            node.script("cql", &[&format!("INSERT INTO {}.t (k, v) VALUES (3, 'since')", living.name)]);
        }
        let resume = [&create[..], &["--resume", &id]].concat();
        let ended = site.expect(&resume, 0, "finished");
        assert_eq!(ended.stdout.contains("data: the instant is that of"), lifted, "{point}: {ended:?}");
        assert!(!node.nodetool(&["listsnapshots"]).contains(&living.name), "{point}");
        assert_eq!(site.leftovers(), Vec::<String>::new(), "{point}");
        assert_eq!(instants(&site), Vec::<PathBuf>::new());
        let bundle = site.bundles().remove(0).display().to_string();
        site.restore_keyspace(&bundle, &["--only=data", &format!("--rename=data={}", copy.name)], 0, "finished");
        copy.is("compare", &saved);
    }
    // A snapshot that somebody has removed is missed.
    let living = Keyspace::small(&node);
    let site = Site::of_keyspace(&living, "");
    let create = [&CREATE[..], &["--only=data", "--credentials=cred"]].concat();
    let id = killed(&site, &create, "snapshot.part:2");
    node.nodetool(&["clearsnapshot", "-t", &format!("gapsync_{id}")]);
    site.expect(&[&create[..], &["--resume", &id]].concat(), 2, "nothing keeps the instants of the stores data");
    site.expect(&["recover"], 0, "");
    assert_eq!(instants(&site), Vec::<PathBuf>::new());
}

/// The files of instants that are left.
fn instants(site: &Site) -> Vec<PathBuf> {
    let entries = fs::read_dir(site.path().join("state")).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.to_string_lossy().contains("instant")).collect()
}

#[test]
fn what_an_index_engine_keeps_is_packed_again() {
    let Some(engine) = Engine::opensearch() else { return };
    for point in ["search.begun", "search.saved", "snapshot.before-start", "snapshot.part:3"] {
        engine.script("load", &["site_c", "2000"]);
        let was = engine.list("site_c");
        let site = Site::new();
        site.with_indices(&engine, "[\"site_c\"]", true, "");
        let create = [&CREATE[..], &["--only=index"]].concat();
        let id = killed(&site, &create, point);
        let lifted = point.starts_with("snapshot");
        if lifted {
            engine.script("put", &["/site_c/_doc/new?refresh=true", "{\"n\": -1}"]);
        }
        let ended = site.expect(&[&create[..], &["--resume", &id]].concat(), 0, "finished");
        assert_eq!(ended.stdout.contains("index: the instant is that of"), lifted, "{point}: {ended:?}");
        assert!(site.runs(), "{point}");
        engine.expect_left(&["site_c"]);
        engine.script("delete", &["/site_c"]);
        let bundle = site.bundles().remove(0);
        site.expect(&site.restore_index(&bundle, &[]), 0, "finished");
        assert_eq!(engine.list("site_c"), was, "{point}");
        assert_eq!(site.leftovers(), Vec::<String>::new(), "{point}");
        engine.script("delete", &["/site_c"]);
    }
}

#[test]
fn an_engine_that_dies_while_another_one_has_its_instant_is_gone_on_with() {
    let (Some(node), Some(engine)) = (Node::find("50"), Engine::opensearch()) else { return };
    let living = Keyspace::small(&node);
    engine.script("load", &["site_d", "300"]);
    let (home, process) = engine.process();
    let site = Site::of_keyspace(&living, "");
    let index = format!(
        "nodetool = [\"{}\"]\nloader = [\"none\"]\n[[store]]\nname = \"index\"\nkind = \"elasticsearch\"\n\
         url = \"{}\"\nindices = [\"site_d\"]\n",
        site.at("nodetool"),
        engine.url
    );
    site.keyspace(&living, &index);
    // The index is to be taken once the keyspace was.
    let script = format!(
        "#!/bin/sh\n{0}/nodetool \"$@\" || exit\nif [ \"$1\" = snapshot ] && mkdir {1}/first 2>/dev/null; then kill -KILL {2}; sleep 1; fi\n",
        node.folder,
        site.path().display(),
        process.pid
    );
    fs::write(site.path().join("nodetool"), script).unwrap();
    fs::set_permissions(site.path().join("nodetool"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let (saved, copy) = (living.save(&site), Keyspace::named(&node));
    let was = engine.list("site_d");
    let create = [&CREATE[..], &["--only=data,index", "--credentials=cred", "--mode=ordered"]].concat();
    let failed = site.run(&create);
    // Nothing is lost while the engine is away.
    let id = named(&failed);
    let resume = [&create[..], &["--resume", &id]].concat();
    let away = site.run(&resume);
    process.start(&home);
    engine.wait();
    engine.wait_for("site_d");
    let kept = "the instants of data are kept until the snapshot goes on; index will be taken anew";
    assert!(failed.status == 6 && said(&failed).contains(kept), "{failed:?}");
    assert_eq!(away.status, 6, "{away:?}");
    node.script("cql", &[&format!("INSERT INTO {}.t (k, v) VALUES (3, 'since')", living.name)]);
    let ended = site.expect(&resume, 0, "data: the instant is that of");
    assert!(ended.stdout.contains("index: is taken anew"), "{ended:?}");
    assert!(!node.nodetool(&["listsnapshots"]).contains(&living.name));
    engine.expect_left(&["site_d"]);
    let bundle = site.bundles().remove(0).display().to_string();
    let rename = format!("--rename=data={}", copy.name);
    site.restore_keyspace(&bundle, &["--only=data,index", &rename, "--rename=index=site_e"], 0, "finished");
    copy.is("compare", &saved);
    let without_aliases = |list: &str| -> String { list.lines().filter(|line| !line.starts_with("aliases")).collect() };
    assert_eq!(without_aliases(&engine.list("site_e")), without_aliases(&was));
    assert_eq!((site.leftovers(), instants(&site)), (Vec::new(), Vec::new()));
}
