//! Worlds in which rows would travel only because of each other: what goes with a row that travels only if others refer to it, which
//! go with a row of the first kind. An export refuses them.

use super::world::{Table, To, Word, World};

pub(super) fn is_circular(world: &World) -> bool {
    (0..world.tables.len()).any(|table| {
        depends_on_itself(world, table, &mut Vec::new())
            || is_asked_again(world, table, &mut Vec::new(), &mut Vec::new())
    })
}

fn goes_with(table: &Table, column: &str) -> bool {
    table.window() == Some(column)
}

/// Whether one has to know of a table whether its rows travel in order to tell just that. `path`: tables that are being asked.
fn depends_on_itself(world: &World, place: usize, path: &mut Vec<usize>) -> bool {
    if path.contains(&place) {
        return true;
    }
    path.push(place);
    let table = &world.tables[place];
    let found = table.references.iter().filter(|reference| table.needs(reference)).any(|reference| {
        World::parents(reference).into_iter().any(|parent| depends_on_itself(world, parent, path))
            || match reference.to {
                To::Table(parent) if goes_with(table, &reference.column) => {
                    is_asked_again(world, parent, path, &mut Vec::new())
                }
                _ => false,
            }
    });
    path.pop();
    found
}

/// The same for the rows that refer to those of a table, if these travel only because of them.
fn is_asked_again(world: &World, place: usize, path: &mut Vec<usize>, above: &mut Vec<usize>) -> bool {
    if !world.tables[place].says(&Word::CarryReferenced) {
        return false;
    }
    above.push(place);
    let found =
        (0..world.tables.len()).filter(|child| !above.contains(child)).collect::<Vec<_>>().into_iter().any(|child| {
            let table = &world.tables[child];
            let refers = table
                .references
                .iter()
                .any(|reference| !goes_with(table, &reference.column) && World::parents(reference).contains(&place));
            refers && (depends_on_itself(world, child, path) || is_asked_again(world, child, path, above))
        });
    above.pop();
    found
}
