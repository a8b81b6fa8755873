//! Names of users and groups, as `/etc/passwd` and `/etc/group` have them.

use std::collections::HashMap;
use std::sync::Arc;

/// The names of this machine by number.
#[derive(Debug, Default)]
pub(in crate::snapshot) struct Names {
    users: HashMap<u32, Arc<str>>,
    groups: HashMap<u32, Arc<str>>,
}

impl Names {
    /// Reads the names. A machine without these files has none.
    pub(in crate::snapshot) fn read() -> Self {
        let read = |path| parse(&std::fs::read_to_string(path).unwrap_or_default());
        Self { users: read("/etc/passwd"), groups: read("/etc/group") }
    }

    /// Returns the name of a user.
    pub(in crate::snapshot) fn user(&self, id: u32) -> Option<Arc<str>> {
        self.users.get(&id).cloned()
    }

    /// Returns the name of a group.
    pub(in crate::snapshot) fn group(&self, id: u32) -> Option<Arc<str>> {
        self.groups.get(&id).cloned()
    }

    /// Returns the number of a user here: that of the name, or the number of the source if the name is unknown.
    pub(in crate::snapshot) fn user_id(&self, name: Option<&str>, id: u32) -> u32 {
        number(&self.users, name, id)
    }

    /// Returns the number of a group here, as [`Self::user_id`].
    pub(in crate::snapshot) fn group_id(&self, name: Option<&str>, id: u32) -> u32 {
        number(&self.groups, name, id)
    }
}

fn number(names: &HashMap<u32, Arc<str>>, name: Option<&str>, id: u32) -> u32 {
    if names.get(&id).map(AsRef::as_ref) == name {
        return id;
    }
    names.iter().find(|(_, known)| Some(known.as_ref()) == name).map_or(id, |(id, _)| *id)
}

/// Reads lines of `name:password:number:…`; the first name of a number counts.
fn parse(text: &str) -> HashMap<u32, Arc<str>> {
    let mut names = HashMap::new();
    for line in text.lines() {
        let mut fields = line.split(':');
        if let (Some(name), Some(id)) = (fields.next(), fields.nth(1).and_then(|id| id.parse().ok())) {
            names.entry(id).or_insert_with(|| name.into());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_more_than_a_number() {
        let users = parse("root:x:0:0::/:/bin/sh\nthehive:x:998:998::/:/bin/sh\nalias:x:0:0::/:\nbroken\n");
        let names = Names { users, groups: HashMap::new() };
        assert_eq!(names.user(0).as_deref(), Some("root"));
        assert_eq!(names.user_id(Some("thehive"), 120), 998);
        assert_eq!(names.user_id(Some("stranger"), 120), 120);
        assert_eq!(names.user_id(None, 120), 120);
    }
}
