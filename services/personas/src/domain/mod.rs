//! Pure rules: which features there are, what kind of person they suggest, how likely payment is.

pub mod facts;
pub mod propensity;
pub mod registry;
pub mod typology;

use std::sync::LazyLock;

use propensity::PropensityModel;
use registry::Registry;
use typology::Typology;

/// The data files this service ships with.
pub struct Catalogue {
    /// What may be known.
    pub registry: Registry,
    /// Which kinds of person there are.
    pub typology: Typology,
    /// How likely payment is.
    pub propensity: PropensityModel,
}

impl Catalogue {
    fn load() -> Result<Self, toml::de::Error> {
        Ok(Self {
            registry: Registry::parse(include_str!("../../data/features.toml"))?,
            typology: Typology::parse(include_str!("../../data/typology.toml"))?,
            propensity: PropensityModel::parse(include_str!("../../data/propensity.toml"))?,
        })
    }
}

#[expect(clippy::expect_used, reason = "the files are compiled in, and every test reads them")]
static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::load().expect("the shipped data files are well-formed"));

/// The shipped catalogue, read once.
pub fn catalogue() -> &'static Catalogue {
    &CATALOGUE
}
