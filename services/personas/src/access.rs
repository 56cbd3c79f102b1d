//! Who may call what.

use kulanz_chassis::MethodRule;
use kulanz_chassis::Role::{self, Admin, Agent, Analyst, Debtor, Integration, Service};

macro_rules! path {
    ($method:literal) => {
        concat!("/kulanz.personas.v1.PersonasService/", $method)
    };
}

const READERS: &[Role] = &[Admin, Agent, Analyst, Service];
const SCIENCE: &[Role] = &[Admin, Analyst];
const KEEPERS: &[Role] = &[Service, Admin];

/// The rule of every method.
pub const ACCESS: &[MethodRule] = &[
    MethodRule::new(path!("GetPersona"), READERS),
    MethodRule::new(path!("ListPersonas"), READERS),
    MethodRule::new(path!("RecordFeatures"), &[Integration, Service, Admin]),
    MethodRule::new(path!("PredictPayment"), READERS),
    MethodRule::new(path!("GetBriefing"), &[Admin, Agent]),
    MethodRule::new(path!("SetPreferences"), &[Debtor, Admin, Agent]),
    MethodRule::new(path!("TrainModel"), SCIENCE),
    MethodRule::new(path!("GetModel"), SCIENCE),
    MethodRule::new(path!("ListModels"), SCIENCE),
    MethodRule::new(path!("PromoteModel"), &[Admin]),
    MethodRule::new(path!("ExportPersonData"), KEEPERS),
    MethodRule::new(path!("ErasePersonData"), KEEPERS),
];
