//! The place of the bundle in its stream, as an import sees it.

use crate::bundle::reader::Dialect;
use crate::db::session::Session;
use crate::error::Result;
use crate::model::manifest::Header;
use crate::sync::chain;

use super::{Held, Import};

impl Import<'_> {
    /// Whether what is imported is a bundle, which may have a place in a stream.
    fn has_place(&self) -> bool {
        self.request.retry_rejects.is_none() && self.request.dialect == Dialect::Bundle
    }

    /// Refuses a bundle before it is staged if an earlier one is missing and that was asked for; returns whether a later one
    /// of its stream was applied before.
    ///
    /// # Errors
    /// `Damaged`, for `--strict-chain`; `Database`.
    pub(super) async fn enter_chain(&mut self, session: &mut Session, header: &Header) -> Result<bool> {
        if !self.has_place() {
            return Ok(false);
        }
        let place = chain::place(session, header, "").await?;
        let is_refused = self.request.strict_chain && place.applied_before.is_none();
        let refusal = place.missing.as_ref().filter(|_| is_refused).map(chain::refusal);
        self.report.window = Some(header.window.clone());
        self.report.chain = Some(place);
        match refusal {
            Some(refusal) => Err(refusal),
            None => chain::is_late(session, header).await,
        }
    }

    /// Puts the place of the bundle into the report, now that its digest is known.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn find_place(&mut self, held: &mut Held) -> Result<()> {
        if !self.has_place() {
            return Ok(());
        }
        let Some(header) = held.checkpoint.plan.header.clone() else { return Ok(()) };
        let sha256 = held.checkpoint.plan.bundle.sha256.clone();
        let place = chain::place(held.session()?, &header, &sha256).await?;
        if place.missing.is_none() {
            for missing in chain::still_missing(held.session()?, &header).await? {
                self.warn_once(format!(
                    "{} of this stream is still missing: `{}` at the source brings it",
                    missing.named(),
                    missing.command
                ));
            }
        }
        self.report.window = Some(header.window);
        self.report.chain = Some(place);
        Ok(())
    }
}
