//! The bundle's position in its stream, from the import's point of view.

use crate::db::session::Session;
use crate::error::Result;
use crate::model::manifest::Header;
use crate::sync::chain;

use super::account::Account;
use super::checkpoint::Plan;

/// Refuses a bundle before it is staged if an earlier one is missing and `--strict-chain` is set. Returns whether a later
/// bundle of the stream was already applied.
///
/// # Errors
/// `Damaged`, for `--strict-chain`; `Database`.
pub(super) async fn enter(session: &mut Session, account: &mut Account<'_>, header: &Header) -> Result<bool> {
    if !account.job.is_bundle() {
        return Ok(false);
    }
    let place = chain::place(session, header, "").await?;
    let is_refused = account.job.request.strict_chain && place.applied_before.is_none();
    let refusal = place.missing.as_ref().filter(|_| is_refused).map(chain::refusal);
    account.report.body.window = Some(header.window.clone());
    account.report.body.chain = Some(place);
    match refusal {
        Some(refusal) => Err(refusal),
        None => chain::is_late(session, header).await,
    }
}

/// Adds the bundle's position to the report, now that its digest is known.
///
/// # Errors
/// `Database`.
pub(super) async fn find(session: &mut Session, account: &mut Account<'_>, plan: &Plan) -> Result<()> {
    let Some(header) = plan.header.as_ref().filter(|_| account.job.is_bundle()) else { return Ok(()) };
    let place = chain::place(session, header, &plan.bundle.sha256).await?;
    if place.missing.is_none() {
        for missing in chain::still_missing(session, header).await? {
            account.warn_once(format!(
                "{} of this stream is still missing: run `{}` at the source to export it",
                missing.named(),
                missing.command
            ));
        }
    }
    account.report.body.window = Some(header.window.clone());
    account.report.body.chain = Some(place);
    Ok(())
}
