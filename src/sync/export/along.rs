//! Rows outside the window that travel because of rows inside it.
//!
//! A row that changed since the window's start may have been deleted before, or may have depended on a deleted row. Whatever
//! stayed behind because of it now travels: rows that depend on it, rows that depend on those, and so on. Rows with an optional
//! reference to it did travel, but only with its hash, so they travel again. A row may also have a new key, which makes it a
//! different row for the target. Rows that refer to it then travel again, unless their own hash includes the reference, because
//! a change of that hash gives them a new date. In a table without hashes nothing does: such a row, whose key includes the
//! reference, is a different row too, and the rows that refer to it travel with it.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringTreemap;

use crate::error::Result;
use crate::stream::cancel::Cancel;

use super::plan::{Planner, SourceTable, list, required};
use super::rows::{Snapshot, pages};

/// Tables per statement.
const TABLES: usize = 32;

/// A reference through which rows may travel along.
struct Link<'a> {
    /// The table with the referring rows.
    child: &'a SourceTable,
    /// The table with the referenced rows.
    parent: &'a SourceTable,
    /// The column with the id.
    column: &'a str,
    /// The column with the type code, and the code of the parent's table, for a polymorphic reference.
    code: Option<(&'a str, &'a str)>,
    /// Whether the child stays behind with its parent.
    required: bool,
    /// Whether a change of the parent can make the child travel.
    begins: bool,
    /// Whether the child's key includes the reference, and no hash gives the child a new date when that key changes: it then is a
    /// different row for the target, as its parent is.
    keyed: bool,
    /// Whether a row of the parent may have stayed behind until now: it was deleted or held back, depended on such a row or, for
    /// a reference by code, did not exist.
    is_new: bool,
}

/// Finds the ids of rows that travel along, by table. There are none if all rows are exported.
///
/// # Errors
/// `Database`, `Interrupted`.
pub(super) async fn find(
    snapshot: &mut Snapshot,
    planner: &Planner<'_>,
    tables: &[SourceTable],
    cancel: &Cancel,
) -> Result<BTreeMap<String, RoaringTreemap>> {
    if planner.window.start.is_none() {
        return Ok(BTreeMap::new());
    }
    let links = planner.links(tables);
    let changed = changed(snapshot, planner, &links).await?;
    let mut along = Along::default();
    for link in links.iter().filter(|link| changed.contains(&link.parent.profile.name) && link.begins) {
        cancel.check()?;
        let from_where = planner.referring(link, &planner.changed_parents(link));
        let ids = snapshot.ids(link.child, &from_where).await?;
        along.take(link, ids);
    }
    while let Some((parent, ids)) = along.open.pop() {
        for link in links.iter().filter(|link| link.parent.profile.name == parent) {
            for page in pages(&ids) {
                cancel.check()?;
                let from_where = planner.referring(link, &list(&page));
                let ids = snapshot.ids(link.child, &from_where).await?;
                along.take(link, ids);
            }
        }
    }
    Ok(along.found)
}

/// What has been found so far.
#[derive(Default)]
struct Along {
    /// All ids that travel along, by table.
    found: BTreeMap<String, RoaringTreemap>,
    /// Ids of rows that may have stayed behind, or that may have a new key: other rows may depend on them.
    behind: BTreeMap<String, RoaringTreemap>,
    /// Tables with such ids that have not been followed yet.
    open: Vec<(String, RoaringTreemap)>,
}

impl Along {
    fn take(&mut self, link: &Link<'_>, ids: RoaringTreemap) {
        if ids.is_empty() {
            return;
        }
        let name = &link.child.profile.name;
        *self.found.entry(name.clone()).or_default() |= &ids;
        if link.leads_on() {
            let behind = self.behind.entry(name.clone()).or_default();
            let new = ids - &*behind;
            *behind |= &new;
            if !new.is_empty() {
                self.open.push((name.clone(), new));
            }
        }
    }
}

impl Link<'_> {
    /// Returns whether the child may have stayed behind with its parent: one that was deleted, depended on a deleted row, or
    /// did not exist.
    fn may_hold_back(&self) -> bool {
        self.required && self.is_new
    }

    /// Returns whether rows that refer to the child may have to travel as well.
    fn leads_on(&self) -> bool {
        self.may_hold_back() || self.keyed
    }
}

impl Planner<'_> {
    /// Returns all references between tables that have rows, except those of children that travel whole anyway.
    fn links<'t>(&'t self, tables: &'t [SourceTable]) -> Vec<Link<'t>> {
        let holds_rows = |table: &&SourceTable| self.rows.get(&table.profile.name) != Some(&0);
        let parent = |name: &str| tables.iter().filter(holds_rows).find(|table| table.profile.name == name);
        // A row whose id is kept is the same row for the target, whatever its key is.
        let begins = |parent: &SourceTable, hashed: bool, is_new: bool| match parent.profile.id.is_global() {
            true => is_new && self.changed_row(parent).is_some(),
            false => !parent.window.is_empty() && (!hashed || is_new),
        };
        let is_new = |parent: &SourceTable, by_code: bool| parent.can_stay || by_code && !self.request.include_deleted;
        let mut links = Vec::new();
        let partial = |table: &&SourceTable| !table.window.is_empty() && table.profile.id.is_number();
        for child in tables.iter().filter(holds_rows).filter(partial) {
            let profile = &child.profile;
            let Some(base) = self.found(&profile.name) else { continue };
            let has_hash = base.column(&profile.hash).is_some();
            let is_hashed = |column: &str| has_hash && profile.in_key(column);
            let is_keyed = |column: &str| !has_hash && profile.in_key(column);
            for (column, name) in self.plain_references(profile) {
                let required = required(profile, base, column);
                let (hashed, keyed) = (is_hashed(column), is_keyed(column));
                links.extend(parent(name).map(|parent| {
                    let is_new = is_new(parent, false);
                    let begins = begins(parent, hashed, is_new);
                    let keyed = keyed && !parent.profile.id.is_global();
                    Link { child, parent, column, code: None, required, begins, keyed, is_new }
                }));
            }
            for reference in &profile.polymorphic {
                let required = required(profile, base, &reference.id);
                let (hashed, keyed) = (is_hashed(&reference.id), is_keyed(&reference.id));
                for (code, name) in self.profile.codes(reference) {
                    let code = Some((reference.type_column.as_str(), code.as_str()));
                    let column = reference.id.as_str();
                    links.extend(parent(name).map(|parent| {
                        let is_new = is_new(parent, true);
                        let begins = begins(parent, hashed, is_new);
                        let keyed = keyed && !parent.profile.id.is_global();
                        Link { child, parent, column, code, required, begins, keyed, is_new }
                    }));
                }
            }
        }
        links
    }

    /// Returns a statement that finds the ids of the parent's rows in the window.
    fn changed_parents(&self, link: &Link<'_>) -> String {
        let profile = &link.parent.profile;
        let (id, name) = (self.dialect.ident(&profile.id), self.dialect.ident(&profile.name));
        format!("SELECT g.{id} FROM {name} AS g WHERE {}", self.changed_parent(link))
    }

    /// Returns the condition that a row of the parent is in the window and not deleted.
    fn changed_parent(&self, link: &Link<'_>) -> String {
        let profile = &link.parent.profile;
        let base = self.found(&profile.name);
        let present = base.and_then(|base| self.present(profile, base, "g"));
        let until = base.and_then(|base| self.until(profile, base, "g"));
        let window = self.changed_row(link.parent).into_iter().chain(until);
        window.chain(present).collect::<Vec<_>>().join(" AND ")
    }

    /// Returns the condition that a row of a table changed since the window's start.
    fn changed_row(&self, table: &SourceTable) -> Option<String> {
        self.changed_since(&table.profile, self.found(&table.profile.name)?, "g")
    }

    /// Returns `FROM … WHERE …` for the child's rows outside the window that may travel and whose reference is one of `ids`,
    /// which is a list or a statement.
    fn referring(&self, link: &Link<'_>, ids: &str) -> String {
        let profile = &link.child.profile;
        let mut conditions = Vec::new();
        if let Some((column, code)) = link.code {
            conditions.push(format!("a.{} = {}", self.dialect.ident(column), self.dialect.literal(code)));
        }
        let leads = format!("a.{} IN ({ids})", self.dialect.ident(link.column));
        conditions.push(leads);
        if let Some(owner) = profile.owned_by.as_ref().filter(|owner| *owner != link.column) {
            // One row of a set takes the others along.
            let (owner, name) = (self.dialect.ident(owner), self.dialect.ident(&profile.name));
            let rows = format!("SELECT a.{owner} FROM {name} AS a WHERE {}", conditions.join(" AND "));
            conditions = vec![format!("a.{owner} IN ({rows})")];
        }
        if let Some(base) = self.found(&profile.name) {
            conditions.extend(self.since(profile, base, "a").map(|since| format!("NOT {since}")));
            conditions.extend(self.until(profile, base, "a"));
        }
        if !link.child.alive.is_empty() {
            conditions.push(link.child.alive.clone());
        }
        format!("FROM {} AS a WHERE {}", self.dialect.ident(&profile.name), conditions.join(" AND "))
    }
}

/// Finds the names of the referenced tables that have any row in the window.
async fn changed(snapshot: &mut Snapshot, planner: &Planner<'_>, links: &[Link<'_>]) -> Result<BTreeSet<String>> {
    let mut parents: BTreeMap<&str, String> = BTreeMap::new();
    for link in links.iter().filter(|link| link.begins) {
        let name = link.parent.profile.name.as_str();
        parents.entry(name).or_insert_with(|| {
            let (literal, table) = (planner.dialect.literal(name), planner.dialect.ident(name));
            format!("SELECT {literal}, (SELECT 1 FROM {table} AS g WHERE {} LIMIT 1)", planner.changed_parent(link))
        });
    }
    let questions: Vec<String> = parents.into_values().collect();
    let mut changed = BTreeSet::new();
    for some in questions.chunks(TABLES) {
        for row in snapshot.session()?.query(&some.join(" UNION ALL ")).await? {
            if let [Some(name), Some(_)] = row.as_slice() {
                changed.insert(name.clone());
            }
        }
    }
    Ok(changed)
}
