//! What must survive: clusters that lose a node, servers that end connections, disks that fill, processes that are killed,
//! others who write.

mod answers;
mod disk;
mod files;
mod galera;
mod kill;
mod lanes;
mod others;
mod people;
mod restart;
mod stop;
