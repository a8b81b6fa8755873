//! What must survive: clusters that lose a node, servers that restart, disks that fill, processes that are killed.

mod disk;
mod galera;
mod kill;
mod lanes;
