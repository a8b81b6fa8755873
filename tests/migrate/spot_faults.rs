//! The 17 faults of Spot's own migration scripts, each with a test of the right behaviour.
//!
//! | fault of the scripts | test |
//! | --- | --- |
//! | 1 a failed load is not noticed, and the source is deleted all the same | `fault_01_a_failed_load_leaves_the_source` |
//! | 2 copied and removed without a check, a second run merges into the same backup | `fault_02_the_backup_is_complete_before_the_source_goes` |
//! | 3 a day that runs twice is doubled | `fault_03_a_second_run_doubles_nothing` |
//! | 4 the time of a dendrogram is always NULL | `fault_04_a_dendrogram_has_the_time_of_its_day` |
//! | 5 the time of a DNS edge is up to 11 days late | `fault_05_a_dns_edge_has_its_own_second` |
//! | 6 a DNS edge loses its codes | `fault_06_a_dns_edge_keeps_its_codes` |
//! | 7 a DNS answer with commas is cut | `fault_07_an_answer_with_commas_stays_whole` |
//! | 8 a proxy storyboard has a hash in place of its URI | `fault_08_a_storyboard_names_its_uri` |
//! | 9 a proxy timeline takes the URI of the first row | `fault_09_a_timeline_names_its_own_uri` |
//! | 10 counts beyond 32 bits become NULL | `fault_10_counts_have_64_bits` |
//! | 11 NULL becomes the text NULL | `fault_11_null_is_null_where_impala_wrote_it` |
//! | 12 a missing es- file ends the run | `fault_12_a_timeline_without_an_es_file_keeps_its_hash` |
//! | 13 quotes in a URI reach SQL and the shell | `fault_13_quotes_are_only_text` |
//! | 14 a hyphen in an address breaks hour and minute | `fault_14_hyphens_in_addresses_are_no_separators` |
//! | 15 a folder such as `2_old` ends the run | `fault_15_a_folder_that_is_no_day_is_reported` |
//! | 16 a date with slashes ends the run | `fault_16_a_date_with_slashes_is_a_date` |
//! | 17 the document names files that do not exist | `fault_17_files_have_the_names_that_spot_gave_them` |

use md5::{Digest, Md5};

use super::Site;

const DAY: &str = "20170104";
const DNS_EDGE: &str =
    "frame_time,frame_len,ip_dst,ip_src,dns_qry_name,dns_qry_class_name,dns_qry_type_name,dns_qry_rcode_name,dns_a";

fn flow(site: &Site, name: &str, content: &str) {
    site.file(&format!("data/flow/{DAY}/{name}"), content);
}

fn dns(site: &Site, name: &str, content: &str) {
    site.file(&format!("data/dns/{DAY}/{name}"), content);
}

fn proxy(site: &Site, name: &str, content: &str) {
    site.file(&format!("data/proxy/{DAY}/{name}"), content);
}

fn md5(text: &str) -> String {
    Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file of scores with these URIs, rated or not.
fn proxy_scores(uris: &[&str]) -> String {
    let header = "p_date\tp_time\tclientip\thost\treqmethod\tuseragent\tresconttype\tduration\tusername\twebcat\treferer\trespcode\t\
                  uriport\turipath\turiquery\tserverip\tscbytes\tcsbytes\tfulluri\tword\tscore\turi_rep\turi_sev\trespcode_name\t\
                  network_context\thash\r\n";
    let row = |uri: &&str| {
        format!(
            "2017-01-04\t10:00:00\t10.0.0.1\th\tGET\tua\tt\t1\t-\tc\t-\t200\t80\t/\t\t1.2.3.4\t1\t2\t{uri}\tw\t0.5\t\t1\tOK\t\tx\r\n"
        )
    };
    header.to_owned() + &uris.iter().map(row).collect::<String>()
}

fn flow_scores(rows: &[&str]) -> String {
    let header = "sev,tstart,srcIP,dstIP,sport,dport,proto,ipkt,ibyt,opkt,obyt,score,rank,srcIpInternal,destIpInternal,srcGeo,dstGeo,\
                  srcDomain,dstDomain,srcIP_rep,dstIP_rep\r\n";
    header.to_owned() + &rows.iter().map(|row| format!("{row}\r\n")).collect::<String>()
}

#[test]
fn fault_01_a_failed_load_leaves_the_source() {
    let site = Site::sqlite();
    flow(&site, "chord-10_0_0_1.tsv", "srcip\tdstip\tibytes\tipkts\n10.0.0.1\t10.0.0.2\t1\t2\n");
    site.migrated(0, &["--pipelines", "flow", "--init", "--keep-source"]);
    flow(&site, "chord-10_0_0_2.tsv", "srcip\tdstip\tibytes\tipkts\n10.0.0.1\t10.0.0.2\t1\t2\n");
    site.sql("CREATE TRIGGER broken BEFORE INSERT ON flow_chords BEGIN SELECT no_such_function(); END;");
    let report = site.migrated(6, &["--pipelines", "flow"]);
    assert_eq!(report["status"], "failed");
    assert!(site.path("old/data/flow/20170104/chord-10_0_0_2.tsv").exists());
    assert!(!site.path("old/data/backup").exists());
}

#[test]
fn fault_02_the_backup_is_complete_before_the_source_goes() {
    let site = Site::sqlite();
    flow(&site, "threats.csv", "ip|title|summary\n1|a|b\n");
    flow(&site, "stats-10_0_0_1.json", "{}");
    site.migrated(0, &["--pipelines", "flow", "--init"]);
    let before = site.files("old/data/backup/flow");
    assert_eq!(before.len(), 2);
    // The folder that is there already is not mixed up with a later tree of the same names.
    flow(&site, "stats-10_0_0_1.json", "{ \"other\": 1 }");
    let report = site.migrated(10, &["--pipelines", "flow"]);
    let error = report["error"].to_string();
    assert!(error.contains("stats-10_0_0_1.json") && error.contains("rows of the pipeline flow are"), "{error}");
    assert_eq!(site.files("old/data/backup/flow"), before);
    assert!(site.path("old/data/flow/20170104/stats-10_0_0_1.json").exists());
}

#[test]
fn fault_03_a_second_run_doubles_nothing() {
    let site = Site::sqlite();
    flow(&site, "threats.csv", "ip|title|summary\n1|a|b\n");
    site.migrated(0, &["--pipelines", "flow", "--init", "--keep-source"]);
    site.migrated(0, &["--pipelines", "flow", "--keep-source"]);
    assert_eq!(site.rows("SELECT count(*) FROM flow_storyboard"), [["1"]]);
}

#[test]
fn fault_04_a_dendrogram_has_the_time_of_its_day() {
    let site = Site::sqlite();
    dns(&site, "dendro-10.0.0.1.csv", "dns_a,dns_qry_name,ip_dst\n1.2.3.4,a.example,10.0.0.1\n");
    site.migrated(0, &["--pipelines", "dns", "--init"]);
    assert_eq!(site.rows("SELECT unix_tstamp FROM dns_dendro"), [["1483488000"]]);
}

#[test]
fn fault_05_a_dns_edge_has_its_own_second() {
    let site = Site::sqlite();
    let row = "\"Jan  4 2017 14:05:59.999999999 UTC\",\"90\",\"10.0.0.1\",\"10.0.0.53\",\"a.example\",\"Internet (IN)\",\"A\",\"NoError\",\"1.2.3.4\"";
    dns(&site, "edge-a.example_14_00.csv", &format!("{DNS_EDGE}\r\n{row}\r\n"));
    site.migrated(0, &["--pipelines", "dns", "--init"]);
    assert_eq!(site.rows("SELECT unix_tstamp, hh FROM dns_edge"), [["1483538759", "14"]]);
}

#[test]
fn fault_06_a_dns_edge_keeps_its_codes() {
    let site = Site::sqlite();
    site.file("oa/components/iana/dns-qclass.csv", "Decimal,Hexadecimal,Name\n1,0x00000001,Internet (IN)\n");
    site.file("oa/components/iana/dns-qtype.csv", "TYPE,Value\nA,1\nNULL,10\nAAAA,28\n");
    // A code that the list has twice doubles nothing.
    site.file("oa/components/iana/dns-rcode.csv", "RCODE,Name\n0,NoError\n9,NotAuth\n9,NotAuth\n");
    let row = |kind: &str| {
        format!(
            "\"Jan  4 2017 14:05:59.0 UTC\",\"90\",\"10.0.0.1\",\"10.0.0.53\",\"a.example\",\"Internet (IN)\",\"{kind}\",\"NotAuth\",\"\"\r\n"
        )
    };
    dns(&site, "edge-a.example_14_00.csv", &format!("{DNS_EDGE}\r\n{}{}", row("AAAA"), row("NULL")));
    site.migrated(0, &["--pipelines", "dns", "--init"]);
    let rows =
        site.rows("SELECT dns_qry_class, dns_qry_type, dns_qry_rcode, dns_qry_type_name FROM dns_edge ORDER BY 2");
    assert_eq!(rows, [["0x00000001", "10", "9", "NULL"], ["0x00000001", "28", "9", "AAAA"]]);
}

#[test]
fn fault_07_an_answer_with_commas_stays_whole() {
    let site = Site::sqlite();
    let row = "\"Jan  4 2017 14:05:59.0 UTC\",\"90\",\"10.0.0.1\",\"10.0.0.53\",\"a.example\",\"Internet (IN)\",\"A\",\"NoError\",\"1.2.3.4, 5.6.7.8, say \"\"hi\"\"\"";
    dns(&site, "edge-a.example_14_00.csv", &format!("{DNS_EDGE}\r\n{row}\r\n"));
    site.migrated(0, &["--pipelines", "dns", "--init"]);
    assert_eq!(site.rows("SELECT dns_a FROM dns_edge"), [["1.2.3.4, 5.6.7.8, say \"hi\""]]);
}

#[test]
fn fault_08_a_storyboard_names_its_uri() {
    let site = Site::sqlite();
    proxy(&site, "proxy_scores.tsv", &proxy_scores(&["a.example/x"]));
    proxy(
        &site,
        "threats.csv",
        &format!("hash|title|summary\n{}|found|s\n{}|not found|s\n", md5("a.example/x"), md5("b")),
    );
    site.migrated(0, &["--pipelines", "proxy", "--init"]);
    let rows = site.rows("SELECT p_threat, title FROM proxy_storyboard ORDER BY title");
    assert_eq!(rows, [["a.example/x".to_owned(), "found".into()], [md5("b"), "not found".into()]]);
}

#[test]
fn fault_09_a_timeline_names_its_own_uri() {
    let site = Site::sqlite();
    let (own, other) = ("a.example/own", "b.example/refers");
    let header = "p_time\tclientip\tusername\tduration\tfulluri\twebcat\trespcode\n";
    let es = format!("{header}10:00:00\t10.0.0.1\t-\t1\t{other}\tc\t200\n10:00:01\t10.0.0.1\t-\t1\t{own}\tc\t200\n");
    proxy(&site, &format!("es-{}.csv", md5(own)), &es);
    let row = "2017-01-04 10:00:00\t2017-01-04 10:00:05\t5\t10.0.0.1\t200\n";
    proxy(&site, &format!("timeline-{}.tsv", md5(own)), &format!("tstart\ttend\tduration\tclientip\trespcode\n{row}"));
    site.migrated(0, &["--pipelines", "proxy", "--init"]);
    assert_eq!(site.rows("SELECT p_threat FROM proxy_timeline"), [[own]]);
}

#[test]
fn fault_10_counts_have_64_bits() {
    let site = Site::sqlite();
    let large =
        "0,2017-01-04 10:00:00,10.0.0.1,10.0.0.2,80,90,TCP,4294967296,9223372036854775807,0,0,0.1,1,1,0,a;b,c;d,x,y,,r";
    flow(&site, "flow_scores.csv", &flow_scores(&[large]));
    site.migrated(0, &["--pipelines", "flow", "--init"]);
    assert_eq!(site.rows("SELECT ipkt, ibyt, dst_rep FROM flow_scores"), [["4294967296", "9223372036854775807", "r"]]);
    // A column of an older table that cannot hold them rejects the row by name.
    for kind in super::kinds() {
        let super::Kind::Sql(crate::support::Engine::Postgres | crate::support::Engine::Mariadb) = kind else {
            continue;
        };
        let site = Site::new(kind);
        flow(&site, "threats.csv", "ip|title|summary\n");
        site.migrated(0, &["--pipelines", "flow", "--init", "--keep-source"]);
        site.sql("DROP TABLE flow_scores; CREATE TABLE flow_scores (tstart TEXT, srcip TEXT, dstip TEXT, sport INT, dport INT, \
                  proto TEXT, ipkt INT, ibyt INT, opkt INT, obyt INT, ml_score FLOAT(24), \"rank\" INT, srcip_internal INT, \
                  dstip_internal INT, src_geoloc TEXT, dst_geoloc TEXT, src_domain TEXT, dst_domain TEXT, src_rep TEXT, \
                  dst_rep TEXT, y INT, m INT, d INT);".replace('"', if kind == super::Kind::Sql(crate::support::Engine::Mariadb) { "`" } else { "\"" }).as_str());
        let small = large.replace("4294967296,9223372036854775807", "1,2").replace(",0.1,", ",0.123456789,");
        flow(&site, "flow_scores.csv", &flow_scores(&[large, &small]));
        let report = site.migrated(3, &["--pipelines", "flow"]);
        assert_eq!(report["reject_reasons"][0]["reason"], "`ipkt` is outside the range of the column", "{kind:?}");
        assert_eq!(site.rows("SELECT count(*), sum(ibyt) FROM flow_scores"), [["1", "2"]], "{kind:?}");
    }
}

#[test]
fn fault_11_null_is_null_where_impala_wrote_it() {
    let site = Site::sqlite();
    flow(&site, "chord-10_0_0_1.tsv", "srcip\tdstip\tibytes\tipkts\n10.0.0.1\tNULL\tNULL\t2\n");
    flow(&site, "threats.csv", "ip|title|summary\n10.0.0.1|NULL|s\n");
    site.migrated(0, &["--pipelines", "flow", "--init"]);
    assert_eq!(site.rows("SELECT dstip IS NULL, ibyt IS NULL FROM flow_chords"), [["1", "1"]]);
    assert_eq!(site.rows("SELECT title FROM flow_storyboard"), [["NULL"]]);
}

#[test]
fn fault_12_a_timeline_without_an_es_file_keeps_its_hash() {
    let site = Site::sqlite();
    let row = "2017-01-04 10:00:00\t2017-01-04 10:00:05\t5\t10.0.0.1\t200\n";
    proxy(
        &site,
        &format!("timeline-{}.tsv", md5("gone")),
        &format!("tstart\ttend\tduration\tclientip\trespcode\n{row}"),
    );
    site.migrated(0, &["--pipelines", "proxy", "--init"]);
    assert_eq!(site.rows("SELECT p_threat FROM proxy_timeline"), [[md5("gone")]]);
}

#[test]
fn fault_13_quotes_are_only_text() {
    for kind in super::kinds() {
        let site = Site::new(kind);
        let uri = "a.example/'; DROP TABLE proxy_scores; -- \"$(touch broken)`touch broken`\\";
        proxy(&site, "proxy_scores.tsv", &proxy_scores(&[uri]));
        proxy(&site, "threats.csv", &format!("hash|title|summary\n{}|it's|\"$HOME\" \\n\n", md5(uri)));
        site.migrated(0, &["--pipelines", "proxy", "--init"]);
        assert!(!site.path("broken").exists());
        if kind != super::Kind::Spark {
            let rows = site.rows("SELECT p_threat, title, text FROM proxy_storyboard");
            let expected = [uri, "it's", "\"$HOME\" \\n"];
            // MariaDB's shell shows a backslash doubled.
            assert_eq!(rows[0].iter().map(|cell| cell.replace("\\\\", "\\")).collect::<Vec<_>>(), expected, "{kind:?}");
        }
    }
}

#[test]
fn fault_14_hyphens_in_addresses_are_no_separators() {
    let site = Site::sqlite();
    let header =
        "tstart\tsrcip\tdstip\tsport\tdport\tproto\tflags\ttos\tibytes\tipkts\tinput\toutput\trip\tobytes\topkts\n";
    let row = "2017-01-04 10:00:00\ta\tb\t1\t2\tTCP\t.A\t0\t1\t2\t3\t4\t0.0.0.0\t5\t6\n";
    flow(&site, "edge-my-host-2001:db8--1-14-05.tsv", &format!("{header}{row}"));
    site.migrated(0, &["--pipelines", "flow", "--init"]);
    assert_eq!(site.rows("SELECT hh, mn FROM flow_edge"), [["14", "5"]]);
}

#[test]
fn fault_15_a_folder_that_is_no_day_is_reported() {
    let site = Site::sqlite();
    flow(&site, "threats.csv", "ip|title|summary\n1|a|b\n");
    site.file("data/flow/2_old/threats.csv", "ip|title|summary\n1|a|b\n");
    site.file("data/flow/20171301/threats.csv", "ip|title|summary\n1|a|b\n");
    let report = site.migrated(0, &["--pipelines", "flow", "--init"]);
    let unknown = serde_json::json!(["data/flow/20171301/threats.csv", "data/flow/2_old/threats.csv"]);
    assert_eq!(report["pipelines"][0]["unknown"], unknown);
    assert_eq!(site.rows("SELECT count(*) FROM flow_storyboard"), [["1"]]);
}

#[test]
fn fault_16_a_date_with_slashes_is_a_date() {
    let site = Site::sqlite();
    site.file("data/flow/ingest_summary/is_201701.csv", "date,total\n2017/01/4 00:05,7\nlater,1\n");
    let report = site.migrated(3, &["--pipelines", "flow", "--init"]);
    assert_eq!(
        site.rows("SELECT tdate, total, y, m, d FROM flow_ingest_summary"),
        [["2017-01-04 00:05", "7", "2017", "1", "4"]]
    );
    let reason = &report["reject_reasons"][0];
    assert_eq!(
        (&reason["reason"], &reason["examples"][0]["line"]),
        (&"`date` does not begin with a date".into(), &3.into())
    );
}

#[test]
fn fault_17_files_have_the_names_that_spot_gave_them() {
    let site = Site::sqlite();
    let header = "frame_time,frame_len,ip_dst,dns_qry_name,dns_qry_class,dns_qry_type,dns_qry_rcode,score,tld,query_rep,hh,ip_sev,\
                  dns_sev,dns_qry_class_name,dns_qry_type_name,dns_qry_rcode_name,network_context,unix_tstamp\r\n";
    let row =
        "Jan  4 2017 14:05:59.0 UTC,90,10.0.0.1,a.example,0x00000001,1,0,0.5,a,,14,0,1,IN,A,NoError,,1483538759\r\n";
    dns(&site, "dns_scores.csv", &format!("{header}{row}"));
    proxy(&site, "proxy_scores.tsv", &proxy_scores(&["a.example/"]));
    let report = site.migrated(0, &["--pipelines", "dns,proxy", "--init"]);
    assert_eq!(
        site.rows("SELECT unix_tstamp, ip_sev, dns_sev FROM dns_threat_investigation"),
        [["1483538759", "0", "1"]]
    );
    assert_eq!(site.rows("SELECT fulluri FROM proxy_threat_investigation"), [["a.example/"]]);
    // Staging goes as a whole, its database too.
    assert!(report["staging_left"].is_null());
    assert!(site.files("").iter().all(|(name, _)| !name.contains("staging")));
}
