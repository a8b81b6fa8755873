//! The request of an import and its context. All stages have it, and none changes it.

use std::collections::BTreeSet;

use crate::db::rows::OpenMode;
use crate::db::session::Session;
use crate::error::Result;
use crate::event::Progress;
use crate::model::completed::Completed;
use crate::model::manifest::Header;
use crate::model::schema::Table;
use crate::stream::cancel::Cancel;
use crate::sync::Context;
use crate::sync::merge::{Merge, MergeOptions};

use super::checkpoint::Plan;
use super::fitting;
use super::request::{ImportRequest, Input};
use super::target::{Fitting, Target};

/// What a plan is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To be carried out: the files of the bundle are kept until then, and ids are reserved for new rows.
    Write,
    /// To be shown.
    Preview,
}

/// The request of an import and its context.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub(super) request: &'a ImportRequest,
    pub(super) context: &'a Context,
}

impl<'a> Job<'a> {
    /// Returns the receiver of progress events.
    pub(super) fn progress(self) -> &'a Progress {
        &self.context.run.progress
    }

    /// Returns the handle with which the user stops the run.
    pub(super) fn cancel(self) -> &'a Cancel {
        &self.context.run.cancel
    }

    /// Returns whether the input is a bundle, which may have a place in a stream. Other inputs are tarballs of older tools and
    /// rejects files.
    pub(super) fn is_bundle(self) -> bool {
        self.request.dialect == crate::bundle::reader::DumpFormat::Bundle && !self.takes_back()
    }

    /// Returns whether the input is a rejects file instead of a bundle.
    pub(super) fn takes_back(self) -> bool {
        matches!(self.request.input, Input::Rejects(_))
    }

    /// Connects to the database.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn connect(self) -> Result<Session> {
        let mut session = Session::open(&self.context.database, OpenMode::ReadWrite).await?;
        self.request.resources.give_memory(&mut session).await?;
        Ok(session)
    }

    /// Returns the merge for this run.
    pub(super) fn merge(self, plan: &Plan) -> Merge {
        let options = MergeOptions {
            keep_created_at: self.request.keep_created_at,
            override_description: self.request.override_description,
            import_time: plan.import_time.clone(),
            late: plan.loaded.late,
        };
        Merge::new(self.context.database.dialect(), options)
    }

    /// Fits a bundle to the target. `staged`: include only tables that have rows, which are known once the bundle is read.
    ///
    /// # Errors
    /// As [`fitting::fit`].
    pub(super) fn fit(self, catalogue: &[Table], plan: &Plan, header: &Header, staged: bool) -> Result<Target> {
        let profile = Completed::join(&self.context.profile, catalogue);
        fitting::fit(&Fitting {
            dialect: self.context.database.dialect(),
            profile: &profile,
            catalogue,
            header,
            pid: plan.pid,
            arrival: !self.is_bundle() || header.profile.digest != self.context.profile.digest(),
            from_rejects: self.takes_back(),
            present: staged.then(|| plan.loaded.present.clone()),
            partial: if staged { plan.loaded.partial.clone() } else { BTreeSet::new() },
        })
    }
}
