//! `verify`, against what anyone would do to check a compressed file: unpack it and take the digest.

use super::{Case, Results};
use crate::Outcome;
use crate::measure::run;
use crate::world::{Cut, World};

const VERIFY: Case = Case { name: "verify", against: "`gzip -dc`, `sha256sum`", target: Some(1.1) };

/// Runs the case; it needs no database.
pub(crate) fn verify(world: &World, results: &mut Results) -> Outcome<()> {
    if !world.wants(&VERIFY) {
        return Ok(());
    }
    let bundle = world.bundle(Cut::Second, world.options.rows)?;
    for _ in 0..world.options.pairs {
        let ours = run(std::process::Command::new(world.program("gapsync")).arg("verify").arg(&bundle), None)?;
        results.add(&VERIFY, "-", &ours, &run(world.peer("verify").arg(&bundle), None)?);
    }
    Ok(())
}
