//! Bytes on the move: codecs and digests, the byte budget, cancellation, the CPU pool. Knows nothing of tables or engines.

pub mod budget;
pub mod cancel;
pub mod codec;
pub mod cpu;
pub mod digest;
pub mod durable;
pub mod fail;
mod gzip;
mod parts;
mod ready;
pub mod root;
pub mod skew;
pub mod wait;
