//! The header of a bundle: what it announces before its rows.

use crate::db::dialect::Dialect;
use crate::model::manifest::{DumpDialect, FORMAT_VERSION, Header, ProfileMark, Sets, Source, TableHeader};

use super::plan::SourceTable;
use super::survey::Survey;
use super::{Export, Opened};

impl Export<'_> {
    /// Returns the header for these tables.
    pub(super) fn header(&self, dialect: Dialect, opened: &Opened, tables: &[SourceTable], survey: &Survey) -> Header {
        let profile = &self.context.profile;
        let announced = |table: &SourceTable| {
            let columns = table.announced();
            let sets = table.profile.owned_by.clone().map(|by| Sets { by, all: table.window.is_empty() });
            TableHeader { name: table.profile.name.clone(), columns, max_rows: survey.rows(table), sets }
        };
        Header {
            format: "gapsync-bundle".to_owned(),
            version: FORMAT_VERSION,
            tool: concat!("gapsync ", env!("CARGO_PKG_VERSION")).to_owned(),
            kind: None,
            profile: ProfileMark {
                name: profile.name.clone(),
                digest: profile.digest(),
                options: profile.agreed(),
                version: opened.version.clone(),
            },
            source: Source { installation: opened.installation.clone(), engine: dialect.name().to_owned() },
            chain: opened.begin.chain.clone(),
            window: opened.window.clone(),
            options: self.request.options(),
            tables: tables.iter().map(announced).collect(),
            files: self.request.files_root.is_some(),
            dialect: DumpDialect::default(),
            created_at: self.report.started_at.clone(),
        }
    }
}
