//! A case: two installations, how rows travel between them, and the options.

use super::rng::Rng;
use super::values::UPDATED;
use super::{generate, mutate};
use crate::model::Installation;
use crate::model::bundle::Bundle;
use crate::model::export::{ExportOptions, export};
use crate::model::import::ImportOptions;
use crate::model::schema::Schema;
use crate::support::Engine;

/// How a case gets its bundle.
#[derive(Clone, Debug)]
pub(crate) enum Journey {
    /// By an export with the case's options.
    Exported,
    /// A bundle made by hand.
    HandMade(Bundle),
}

#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) source: Installation,
    pub(crate) target: Installation,
    pub(crate) journey: Journey,
    pub(crate) export: ExportOptions,
    pub(crate) import: ImportOptions,
    /// Rows that one statement touches at most.
    pub(crate) object_limit: u64,
    /// The target has no table `samples`.
    pub(crate) without_samples: bool,
}

impl Case {
    /// The case that a seed stands for.
    pub(crate) fn new(seed: u64, engine: Engine) -> Self {
        let mut rng = Rng::new(seed);
        let rng = &mut rng;
        let schema = Schema::mini(engine);
        let most = *rng.pick(&[2, 4, 6, 9]);
        let mut source = generate::installation(rng, &schema, most);
        let without_samples = rng.chance(15);
        let target = if rng.chance(8) {
            Installation::default()
        } else {
            generate::installation(rng, &Self::schema(engine, without_samples), most)
        };
        if rng.chance(60) {
            mutate::equal_dates(rng, &schema, &mut source, &target);
        }
        let moment = |rng: &mut Rng| rng.chance(40).then(|| (*rng.pick(&UPDATED)).to_owned());
        let export_options = ExportOptions {
            include_deleted: rng.chance(50),
            include_investigations: rng.chance(60),
            meta_only: rng.chance(5),
            start: moment(rng),
            end: moment(rng),
        };
        let mut trusted_hashes = true;
        let journey = if rng.chance(40) {
            Journey::Exported
        } else {
            let (mut bundle, _) = export(&schema, &source, &export_options);
            mutate::spoil(rng, &schema, &mut bundle, &target);
            trusted_hashes = rng.chance(80);
            Journey::HandMade(bundle)
        };
        let import = ImportOptions {
            keep_created_at: rng.chance(65),
            override_description: rng.chance(65),
            trusted_hashes,
            late: false,
        };
        let object_limit = *rng.pick(&[1, 2, 7, 1000]);
        Self { source, target, journey, export: export_options, import, object_limit, without_samples }
    }

    /// What the target's tables look like.
    pub(crate) fn schema(engine: Engine, without_samples: bool) -> Schema {
        let schema = Schema::mini(engine);
        if without_samples { schema.without("samples") } else { schema }
    }
}
