//! Damage on the way: cuts, flipped bits, garbage behind the end.

use gapsync::stream::codec::Codec;

use super::build::{Parts, compressed, on_disk, part, sound};
use super::{items, refusal_of, said, verified_bytes};

const CODECS: [Codec; 3] = [Codec::Gzip, Codec::Zstd, Codec::None];

/// A bundle of more than one gzip member, with content that compresses and content that does not.
fn larger() -> Parts {
    let mut parts = sound();
    let mut state = 1_u64;
    let mut noise = || {
        // Knuth's MMIX generator: a fixed sequence.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let bytes: Vec<u8> = (0..200_000).map(|_| noise()).collect();
    parts.members.push(part("files/noise", None, bytes));
    parts.members.push(part("files/blank", None, vec![b' '; 1_000_000]));
    let rows: String = (3..2000).map(|id| format!("{id},\\N,\\N,{:032x},\"name, {id}\"\n", id * 7_919)).collect();
    parts.header["tables"][0]["max_rows"] = 2000.into();
    let first = "id,created_at,updated_at,sync_hash,name\n";
    parts.members.insert(1, part("data/kinds/00002.csv", Some(1997), format!("{first}{rows}")));
    parts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_that_was_cut_is_refused() {
    let tar = larger().tar().ended();
    for codec in CODECS {
        let whole = compressed(codec, &tar);
        for place in 0..50 {
            // Places all over the bundle, and the last bytes one by one.
            let end = if place < 25 { whole.len() * place / 25 } else { whole.len() - (place - 24) };
            refusal_of(&whole[..end]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_bit_is_noticed_or_changes_nothing() {
    let tar = larger().tar().ended();
    for codec in CODECS {
        let whole = compressed(codec, &tar);
        let sound = items(&on_disk(&whole).path).await.expect("sound");
        let mut accepted = 0;
        for place in 0..200 {
            let at = if place < 20 { place } else { whole.len() * (place - 20) / 180 };
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (place % 8);
            match items(&on_disk(&flipped).path).await {
                Ok(items) => {
                    assert!(items == sound, "{codec:?}: bit {} of byte {at} changes the content", place % 8);
                    accepted += 1;
                }
                Err(error) => assert_eq!(error.kind().exit_status() as u8, 5, "{error}"),
            }
        }
        // Times and names in gzip headers, bytes that fill up blocks: nothing else is without a check.
        assert!(accepted < 20, "{codec:?}: {accepted} flips were accepted");
    }
}

#[tokio::test]
async fn what_follows_the_end_is_looked_at() {
    let tar = sound().tar();
    let ended = tar.ended();
    let after = said("data after the end of the archive", None);
    assert_eq!(refusal_of(&[&ended[..], b"x"].concat()).await, after);
    assert_eq!(refusal_of(&[&ended[..], &ended[..]].concat()).await, after);
    assert_eq!(refusal_of(&[&tar.0[..], &[0; 512]].concat()).await, said("archive ends too early", None));
    let one_mark = [&tar.0[..], &[0; 512], &ended[..512]].concat();
    assert_eq!(refusal_of(&one_mark).await, said("archive has only one end mark", None));
    // As tar fills up its last record.
    verified_bytes(&[&ended[..], &[0; 9216]].concat()).await.expect("sound");

    for codec in [Codec::Gzip, Codec::Zstd] {
        let whole = compressed(codec, &ended);
        refusal_of(&[&whole[..], b"garbage"].concat()).await;
        refusal_of(&[&whole[..], &[0; 512], b"x"].concat()).await;
        // As a medium fills up its last sector.
        verified_bytes(&[&whole[..], &[0; 512]].concat()).await.expect("sound");
        assert_eq!(refusal_of(&[&whole[..], &compressed(codec, b"x")].concat()).await, after);
        verified_bytes(&[&whole[..], &compressed(codec, &[0; 512])].concat()).await.expect("sound");
    }
}

#[tokio::test]
async fn the_place_of_damage_is_told() {
    let tar = larger().tar().ended();
    for codec in [Codec::Gzip, Codec::Zstd] {
        let whole = compressed(codec, &tar);
        let cut = verified_bytes(&whole[..whole.len() / 2]).await.expect_err("cut");
        assert_eq!(cut.place().byte, Some(whole.len() as u64 / 2), "{codec:?}: {cut}");
        let hint = cut.advice().expect("a hint");
        assert!(hint.contains("Copy the bundle again"), "{hint}");
        let mut flipped = whole.clone();
        let at = whole.len() / 2;
        flipped[at] ^= 0x55;
        let error = verified_bytes(&flipped).await.expect_err("flipped");
        let place = error.place();
        assert!(place.byte.is_some_and(|byte| byte > at as u64) || place.member.is_some(), "{codec:?}: {error}");
    }
    // The header of the member behind bundle.json.
    let mut torn = tar.clone();
    let second = torn.windows(5).skip(512).position(|window| window == b"data/").expect("a dump file") + 512;
    torn[second] ^= 1;
    let error = verified_bytes(&torn).await.expect_err("torn");
    assert_eq!(error.place().after.as_deref(), Some("bundle.json"), "{error}");
}

#[tokio::test]
async fn a_bundle_may_be_cut_into_members_anywhere() {
    let ended = sound().tar().ended();
    for at in [1, 511, 512, 700, ended.len() - 1] {
        let (first, second) = ended.split_at(at);
        let both = [compressed(Codec::Gzip, first), compressed(Codec::Gzip, second)].concat();
        verified_bytes(&both).await.expect("sound");
    }
}
