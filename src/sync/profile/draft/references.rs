//! Finds what the columns of a table refer to: by foreign keys, and where none is declared, by names and values.

use crate::error::Result;
use crate::model::likeness::{is_table_of, referred};
use crate::model::neutral::NeutralType;
use crate::model::schema::{Column, Table};

use super::choose::{Drafted, Reference};
use super::look::{Leads, Look};
use super::questions::Question;

/// Adds the references of all tables.
///
/// # Errors
/// `Database`.
pub(super) async fn find(tables: &mut [Drafted], catalogue: &[Table], look: &mut Look<'_>) -> Result<()> {
    let numbered = tables.iter().filter(|table| table.id.is_number());
    let ids: Vec<(String, String)> = numbered.map(|table| (table.name.clone(), table.id.column.clone())).collect();
    for table in tables {
        let Some(base) = catalogue.iter().find(|base| base.name == table.name) else { continue };
        for key in &base.foreign_keys {
            let reference = Reference { table: key.table.clone(), guess: None, zero_is_none: false };
            table.references.insert(key.column.clone(), reference);
        }
        for column in &base.columns {
            if !may_refer(column, table) {
                continue;
            }
            let Some(row) = referred(&column.name) else { continue };
            let Some((parent, id)) = ids.iter().find(|(name, _)| is_table_of(name, &row)) else {
                table.ask(Question::Unknown, format!("`{}`", column.name));
                continue;
            };
            let leads = look.leads((&table.name, &column.name), (parent, id)).await?;
            guess(table, column, parent, leads);
        }
    }
    Ok(())
}

fn may_refer(column: &Column, table: &Drafted) -> bool {
    column.neutral == NeutralType::Integer
        && !column.generated
        && column.name != *table.id
        && !table.references.contains_key(&column.name)
        && !table.exclude.contains_key(&column.name)
}

/// Takes a guess if the values agree, and asks otherwise.
fn guess(table: &mut Drafted, column: &Column, parent: &str, leads: Leads) {
    let name = &column.name;
    let Leads { values, found, zeros, has_zero } = leads;
    if found < values {
        table.ask(
            Question::Lost,
            format!("`{name}`, to `{parent}`, where {} of {values} values are not", values - found),
        );
        return;
    }
    let judged = if values == 0 { "no values to judge by".to_owned() } else { format!("{values} values looked at") };
    let zero_is_none = zeros > 0 && !has_zero;
    let question = if zero_is_none { Question::ZeroIsNone } else { Question::Reference };
    table.ask(question, format!("`{name}`, to `{parent}` ({judged})"));
    let guess = Some(format!("by its name, {judged}"));
    table.references.insert(name.clone(), Reference { table: parent.to_owned(), guess, zero_is_none });
}

/// Leaves out tables without an id to which others refer, and those whose primary key has only numbers that are no references:
/// they may mean other rows on the other side. Asks about such numbers beside other columns.
pub(super) fn links(tables: &mut Vec<Drafted>, left_out: &mut Vec<(String, String)>, catalogue: &[Table]) {
    let parents: Vec<String> =
        tables.iter().flat_map(|table| table.references.values()).map(|reference| reference.table.clone()).collect();
    tables.retain_mut(|table| {
        if !table.id.is_key() {
            return true;
        }
        if parents.contains(&table.name) {
            let reason =
                "its primary key is a reference, so that its rows have no id of their own, and others refer to them";
            left_out.push((table.name.clone(), reason.to_owned()));
            return false;
        }
        let base = catalogue.iter().find(|base| base.name == table.name);
        let is_number = |name: &&String| {
            let column = base.and_then(|base| base.column(name));
            column.is_some_and(|column| column.neutral == NeutralType::Integer)
        };
        let plain: Vec<String> =
            table.key.iter().filter(is_number).filter(|name| !table.references.contains_key(*name)).cloned().collect();
        if plain.len() == table.key.len() {
            let reason = format!("its primary key has {} columns, which are numbers and no references", plain.len());
            left_out.push((table.name.clone(), reason));
            return false;
        }
        // What sounds like a reference was asked about already.
        for name in plain.into_iter().filter(|name| referred(name).is_none()) {
            table.ask(Question::KeyNumber, format!("`{name}`"));
        }
        true
    });
}
