//! A store of files while a snapshot is made: its instant is its listing.

use std::path::PathBuf;

use super::list::{each, place, root};
use super::names::Names;
use crate::error::Result;
use crate::snapshot::catalogue::Entry;
use crate::snapshot::catalogue::entries::Entries;
use crate::snapshot::platform::{Content, Store};
use crate::snapshot::store::contract::{Body, Fence, Source, Taken};

/// A folder, or files anywhere.
#[derive(Debug)]
pub(in crate::snapshot) struct Files {
    content: Content,
    /// Whether files are only ever added.
    append_only: bool,
}

impl Files {
    /// Returns the way out of a store of files.
    pub(in crate::snapshot) fn new(store: &Store) -> Self {
        Self { content: store.content.clone(), append_only: store.append_only }
    }
}

impl Source for Files {
    fn root(&self) -> String {
        root(&self.content).display().to_string()
    }

    fn plan(&self) -> String {
        match &self.content {
            Content::Paths { paths, .. } => format!("list {} patterns", paths.len()),
            content => format!("list {}", root(content).display()),
        }
    }

    fn survives(&self) -> bool {
        self.append_only
    }

    fn is_engine(&self) -> bool {
        false
    }

    fn probe(&mut self) -> Result<String> {
        Ok(String::new())
    }

    fn fence(&mut self, fence: &mut Fence<'_>) -> Result<Taken> {
        let mut entries = Entries::new(fence.folder);
        let listing = each(&self.content, &Names::read(), &mut |entry| entries.push(&entry))?;
        let absent = match listing.absent {
            0 => String::new(),
            absent => format!(", {absent} patterns match nothing"),
        };
        // An empty folder may be that of a disk that is not mounted.
        let nothing = match &self.content {
            Content::Paths { .. } if entries.len() == 0 => Some("nothing is saved: no pattern matches anything"),
            Content::Folder { .. } if entries.len() <= 1 => Some("nothing is saved: the folder is empty"),
            _ => None,
        };
        Ok(Taken {
            said: format!("{} paths{absent}", entries.len()),
            listed: Some(entries),
            warnings: listing
                .special
                .iter()
                .map(|special| format!("{special} was left out"))
                .chain(listing.untaken)
                .chain(nothing.map(str::to_owned))
                .collect(),
            vanished: listing.vanished,
            room: Some(listing.room),
            ..Taken::default()
        })
    }

    fn body(&mut self, entry: &Entry) -> Result<Body> {
        Ok(Body::File(place(root(&self.content), &entry.path)))
    }

    fn file(&self, entry: &Entry) -> Option<PathBuf> {
        Some(place(root(&self.content), &entry.path))
    }

    fn release(&mut self) -> Result<()> {
        Ok(())
    }
}
