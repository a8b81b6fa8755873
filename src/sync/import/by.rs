//! References that name their row twice: by its id, and by its key in a column beside.

use crate::error::{Error, Result};
use crate::model::neutral::NeutralType;
use crate::model::profile::TableProfile;
use crate::model::schema::{Column, Table};
use crate::sync::merge::{BaseRows, By, ByTable};

use super::target::{Field, Fitting};

/// Returns where the rows of a reference are found by their key, or `None` if no column has it.
///
/// # Errors
/// `Schema` if the column does not travel, or the key has another type.
pub(super) fn by(
    fitting: &Fitting<'_>,
    profile: &TableProfile,
    reference: &str,
    fields: &[Field],
) -> Result<Option<By>> {
    let Some(name) = profile.by(reference) else { return Ok(None) };
    let Some(field) = fields.iter().find(|field| field.column.name == name) else {
        return Err(Error::schema("the column that `by` names does not travel, or the target lacks it").at_column(name));
    };
    let parents: Vec<(Option<String>, &String)> = match profile.polymorphic(reference) {
        Some(pair) => fitting.profile.codes(pair).iter().map(|(code, table)| (Some(code.clone()), table)).collect(),
        None => profile.references.get(reference).map(|to| (None, &to.table)).into_iter().collect(),
    };
    let mut tables = Vec::new();
    for (code, name) in parents {
        let (Some(parent), Some(base)) = (fitting.profile.table(name), fitting.base(name)) else { continue };
        let Some(key) = parent.key.first().and_then(|key| base.column(key)) else { continue };
        require_comparable(&field.column, key, base)?;
        let fold = parent.fold.contains(&key.name);
        let unique = !fold && base.unique_keys.iter().any(|unique| unique.columns == parent.key);
        let text = key.neutral == NeutralType::Text;
        let rows = BaseRows { table: base.name.clone(), id: parent.id.column.clone(), hash: key.name.clone() };
        tables.push(ByTable { code, rows, unique, text, fold });
    }
    Ok(Some(By { column: field.column.name.clone(), tables }))
}

/// Returns where the rows of a reference to ids that are the same everywhere are found if the bundle does not have them: by the
/// id itself.
///
/// # Errors
/// `Schema` if the id has another type.
pub(super) fn by_id(fitting: &Fitting<'_>, reference: &Column, parent: &TableProfile) -> Result<By> {
    let mut tables = Vec::new();
    if let Some(base) = fitting.base(&parent.name)
        && let Some(id) = base.column(&parent.id)
    {
        require_comparable(reference, id, base)?;
        let rows = BaseRows { table: base.name.clone(), id: id.name.clone(), hash: id.name.clone() };
        let text = id.neutral == NeutralType::Text;
        tables.push(ByTable { code: None, rows, unique: true, text, fold: false });
    }
    Ok(By { column: reference.name.clone(), tables })
}

/// Refuses a key that is of another type.
fn require_comparable(by: &Column, key: &Column, parent: &Table) -> Result<()> {
    if by.neutral == key.neutral {
        return Ok(());
    }
    Err(Error::schema(format!("the column has another type than `{}`.`{}`", parent.name, key.name))
        .at_column(&by.name)
        .hint("Give both columns the same type, or remove `by` or the reference from the profile."))
}
