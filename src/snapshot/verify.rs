//! `snapshot verify`: a snapshot without anything to restore it into.

use std::path::Path;

use serde::Serialize;

use super::content::{Nothing, read};
use super::point::Point;
use super::report::StoreCounts;
use crate::bundle::reader::{BundleSource, ReadLimits};
use crate::error::Result;
use crate::model::manifest::BundleMark;
use crate::run::Context;

/// What an intact snapshot holds.
#[derive(Clone, Debug, Serialize)]
pub struct Verified {
    /// Name, digest and size of the file.
    pub bundle: BundleMark,
    /// The platform.
    pub platform: String,
    /// When it was made, UTC.
    pub created_at: String,
    /// Its recovery point.
    pub snapshot: Point,
    /// Figures of each store, in order.
    pub stores: Vec<(String, StoreCounts)>,
    /// Members that hold content.
    pub parts: u64,
    /// Whether there was a `<bundle>.sha256` beside the file, in which case its digest was compared.
    pub sidecar: bool,
}

/// Reads a whole snapshot, checks every digest, and compares its catalogue with its members.
///
/// # Errors
/// `Usage` if the bundle is no snapshot; `Damaged` with the first fault; `File`; `Interrupted`.
pub async fn verify(
    source: &BundleSource,
    base: Option<&Path>,
    limits: &ReadLimits,
    context: &Context,
) -> Result<Verified> {
    let whole = read(source, base, limits, context, &mut Nothing).await?;
    let counts = whole.sums.into_iter().map(|sums| {
        let mut counts = StoreCounts::default();
        counts.add(sums);
        counts
    });
    Ok(Verified {
        bundle: whole.end.mark,
        platform: whole.header.profile.name,
        created_at: whole.header.created_at,
        stores: whole.point.names().into_iter().zip(counts).collect(),
        snapshot: whole.point,
        parts: whole.catalogue.parts.len(),
        sidecar: whole.end.sidecar,
    })
}
