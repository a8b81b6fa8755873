//! Property tests: random installations, bundles and options; the real export and import against the reference model.

pub(crate) mod case;
mod generate;
mod mutate;
mod rng;
mod values;
