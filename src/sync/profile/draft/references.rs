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
    let ids: Vec<(String, String)> = tables.iter().map(|table| (table.name.clone(), table.id.clone())).collect();
    for table in tables {
        let Some(base) = catalogue.iter().find(|base| base.name == table.name) else { continue };
        for key in &base.foreign_keys {
            let reference = Reference { table: key.table.clone(), guess: None };
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
        && column.name != table.id
        && !table.references.contains_key(&column.name)
        && !table.exclude.contains_key(&column.name)
}

/// Takes a guess if the values agree, and asks otherwise.
fn guess(table: &mut Drafted, column: &Column, parent: &str, leads: Leads) {
    let name = &column.name;
    let Leads { values, found, zeros, has_zero } = leads;
    if zeros > 0 && !has_zero {
        table.ask(Question::ZeroIsNone, format!("`{name}`, to `{parent}`"));
        return;
    }
    if found < values {
        table.ask(
            Question::Lost,
            format!("`{name}`, to `{parent}`, where {} of {values} values are not", values - found),
        );
        return;
    }
    let judged = if values == 0 { "no values to judge by".to_owned() } else { format!("{values} values looked at") };
    table.ask(Question::Reference, format!("`{name}`, to `{parent}` ({judged})"));
    table
        .references
        .insert(name.clone(), Reference { table: parent.to_owned(), guess: Some(format!("by its name, {judged}")) });
}
