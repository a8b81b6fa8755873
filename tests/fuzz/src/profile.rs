//! Profiles: a TOML file.

use std::collections::BTreeSet;

use crate::model::completed::Completed;
use crate::model::order::order;
use crate::model::profile::Profile;

/// A profile that is accepted is accepted again with the same digest, and its tables can be put in order or are said to be in
/// a cycle.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(profile) = Profile::parse(text) else { return };
    let again = toml::to_string(&profile).expect("plain data");
    assert_eq!(Profile::parse(&again).expect("our own").digest(), profile.digest());
    for table in &profile.tables {
        assert_eq!(profile.table(&table.name).map(|table| &table.name), Some(&table.name));
        assert!(table.key.iter().all(|column| table.in_key(column)));
    }
    let Ok(ordered) = order(&Completed::without_catalogue(&profile), &|_, _| true, &|_| true) else { return };
    let names: BTreeSet<_> = ordered.tables.iter().collect();
    assert_eq!((names.len(), ordered.tables.len()), (profile.tables.len(), profile.tables.len()));
    // Parents stand first, but for references that wait.
    let place = |name: &str| ordered.tables.iter().position(|table| table == name);
    for table in &profile.tables {
        for (column, parent) in &table.references {
            let after = place(parent) < place(&table.name);
            assert!(after || ordered.is_deferred(&table.name, column), "a child stands before its parent");
        }
    }
}
