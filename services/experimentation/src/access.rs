//! Who may call what.

use kulanz_chassis::MethodRule;
use kulanz_chassis::Role::{self, Admin, Agent, Analyst, Integration, Service};

macro_rules! path {
    ($method:literal) => {
        concat!("/kulanz.experimentation.v1.ExperimentationService/", $method)
    };
}

const DECIDERS: &[Role] = &[Service, Admin];
const SCIENCE: &[Role] = &[Admin, Analyst];
const READERS: &[Role] = &[Admin, Agent, Analyst, Service];

/// The rule of every method.
pub const ACCESS: &[MethodRule] = &[
    MethodRule::new(path!("Decide"), DECIDERS),
    MethodRule::new(path!("DecideBatch"), DECIDERS),
    MethodRule::new(path!("RecordOutcome"), &[Service, Integration, Admin]),
    MethodRule::new(path!("ListDecisions"), &[Admin, Analyst, Service]),
    MethodRule::new(path!("VerifyDecisions"), &[Admin, Analyst, Service]),
    MethodRule::new(path!("CreateExperiment"), SCIENCE),
    MethodRule::new(path!("StartExperiment"), SCIENCE),
    MethodRule::new(path!("StopExperiment"), SCIENCE),
    MethodRule::new(path!("AdjustExperiment"), SCIENCE),
    MethodRule::new(path!("GetExperiment"), READERS),
    MethodRule::new(path!("ListExperiments"), READERS),
    MethodRule::new(path!("Assign"), &[Service, Admin, Analyst]),
    MethodRule::new(path!("AnalyzeExperiment"), SCIENCE),
    MethodRule::new(path!("GetPolicy"), READERS),
    MethodRule::new(path!("ListPolicies"), READERS),
    MethodRule::new(path!("CreatePolicy"), &[Admin]),
    MethodRule::new(path!("EvaluatePolicy"), SCIENCE),
    MethodRule::new(path!("PromotePolicy"), &[Admin]),
    MethodRule::new(path!("StopPolicy"), &[Admin]),
    MethodRule::new(path!("SetObjectives"), &[Admin]),
    MethodRule::new(path!("GetObjectives"), READERS),
    MethodRule::new(path!("AnalyzeParity"), SCIENCE),
    MethodRule::new(path!("ExportPersonData"), DECIDERS),
    MethodRule::new(path!("ErasePersonData"), DECIDERS),
];
