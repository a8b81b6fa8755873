//! What is put into a store is what an engine reads there.

use gapsync::db::hive::{HiveSession, HiveUrl};
use gapsync::store::Store;

use super::on_runtime;
use crate::support::service;

/// Puts two files into a folder of the store and lets Spark count the rows of a table on it.
async fn counted(address: &str, name: &str) -> Vec<Vec<Option<String>>> {
    let spark = std::env::var("GAPSYNC_TEST_SPARK").unwrap();
    let store = Store::open(address).unwrap();
    let rows: String = (0..1000).map(|row| format!("é {row}\t{row}\n")).collect();
    store.put("t/1.tsv", rows.as_bytes()).await.unwrap();
    store.put("t/2.tsv", rows.as_bytes()).await.unwrap();
    // One that is not complete is no part of the table.
    let mut upload = store.upload("t/3.tsv").await.unwrap();
    upload.write(rows.as_bytes()).await.unwrap();

    let mut session = HiveSession::connect(&HiveUrl::parse(&spark).unwrap()).await.unwrap();
    let database = format!("store_{name}_{}", std::process::id());
    session.execute(&format!("create database {database}")).await.unwrap();
    let location = session.variant().literal(&store.location("t").unwrap());
    session
        .execute(&format!(
            "create external table {database}.t (a string, n bigint) row format delimited fields terminated by '\\t' \
             stored as textfile location {location}"
        ))
        .await
        .unwrap();
    let counted = session.query(&format!("select count(*), sum(n), min(a) from {database}.t")).await.unwrap();
    session.execute(&format!("drop database {database} cascade")).await.unwrap();
    session.close().await.unwrap();
    upload.abort().await;
    store.delete_all("t").await.unwrap();
    counted
}

fn check(address: &str, name: &str) {
    on_runtime(async {
        let expected = ["2000", "999000", "é 0"].map(|cell| Some(cell.to_owned()));
        assert_eq!(counted(address, name).await, [expected]);
    });
}

#[test]
fn spark_reads_a_local_folder() {
    if service("spark", "GAPSYNC_TEST_SPARK").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    check(&folder.path().join("st age").display().to_string(), "local");
}

#[test]
fn spark_reads_hdfs() {
    let (Some(_), Some(hdfs)) = (service("spark", "GAPSYNC_TEST_SPARK"), service("hdfs", "GAPSYNC_TEST_HDFS")) else {
        return;
    };
    check(&format!("{hdfs}/gapsync_spark_{}", std::process::id()), "hdfs");
}
