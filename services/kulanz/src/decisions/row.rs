//! What stands in the columns.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use kulanz_policy::{HORIZON_DAYS, Movement, stayed};
use kulanz_proto::convert::instant;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::experimentation::v1::OutcomeKind;
use kulanz_proto::experimentation::v1::decision::Action;
use serde_json::{Value as Json, json};

/// A cell; `None` where nothing is known.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Text, or a structure as JSON.
    Text(Option<String>),
    /// A number.
    Number(Option<f64>),
    /// A whole number.
    Whole(Option<i64>),
    /// Yes or no.
    Flag(Option<bool>),
    /// When.
    Instant(Option<DateTime<Utc>>),
}

/// What begins so is the rule of an arm of an experiment.
const RULES_OF_ARMS: &str = "experiment.";

/// The columns of one table.
pub struct Columns {
    factors: Vec<String>,
}

impl Columns {
    /// The usual ones, and two for each factor of this decision's space, but for one that is called like a
    /// usual one: its levels stand in `levels`.
    pub fn of(entry: &pb::ListDecisionsResponse) -> Self {
        let usual = Self { factors: Vec::new() }.names();
        let free = |name: &&String| !usual.iter().any(|(known, _)| known == *name);
        let factors = entry.space.iter().flat_map(|space| &space.factors);
        Self { factors: factors.map(|factor| &factor.name).filter(free).cloned().collect() }
    }

    /// Their names, each with a cell of its kind.
    pub fn names(&self) -> Vec<(String, Cell)> {
        self.cells(&Facts::default())
    }

    /// The cells of a decision, in the order of the columns.
    pub fn row(&self, entry: &pb::ListDecisionsResponse) -> anyhow::Result<Vec<Cell>> {
        let cells = self.cells(&Facts::of(entry)?);
        Ok(cells.into_iter().map(|(_, cell)| cell).collect())
    }

    fn cells(&self, facts: &Facts) -> Vec<(String, Cell)> {
        let decision = &facts.decision;
        let mut cells = of_decision(facts);
        for factor in &self.factors {
            let level = facts.levels().and_then(|levels| levels.get(factor)).cloned();
            cells.push((factor.clone(), Cell::Text(level)));
        }
        for factor in &self.factors {
            let marginal = decision.marginals.get(factor).copied();
            cells.push((format!("propensity_{factor}"), Cell::Number(marginal)));
        }
        cells.extend(of_context(facts.context.as_ref()));
        cells.extend(of_outcomes(facts));
        cells.extend(structures(facts));
        cells
    }
}

/// A decision with its instants read.
#[derive(Default)]
struct Facts {
    decision: pb::Decision,
    decided_at: Option<DateTime<Utc>>,
    context: Option<pb::DecisionContext>,
    space: pb::ActionSpace,
    mask: pb::ActionMask,
    outcomes: Vec<(pb::Outcome, DateTime<Utc>)>,
    sequence: i64,
    chain_hash: String,
    chain_version: i32,
    chained: String,
}

impl Facts {
    fn of(entry: &pb::ListDecisionsResponse) -> anyhow::Result<Self> {
        let decision = entry.decision.clone().context("a log row without its decision")?;
        let decided_at = decision.decided_at.as_ref().map(instant).transpose()?;
        let mut outcomes = Vec::with_capacity(entry.outcomes.len());
        for outcome in &entry.outcomes {
            let at = outcome.occurred_at.as_ref().context("an outcome without its time")?;
            outcomes.push((outcome.clone(), instant(at)?));
        }
        Ok(Self {
            decision,
            decided_at,
            context: entry.context.clone(),
            space: entry.space.clone().unwrap_or_default(),
            mask: entry.mask.clone().unwrap_or_default(),
            outcomes,
            sequence: entry.sequence,
            chain_hash: entry.chain_hash.clone(),
            chain_version: entry.chain_version,
            chained: entry.chained.clone(),
        })
    }

    /// Whether the person was not erased: what was known, and the grounds, are there.
    const fn is_known(&self) -> bool {
        self.context.is_some()
    }

    fn levels(&self) -> Option<&std::collections::BTreeMap<String, String>> {
        match &self.decision.action {
            Some(Action::Factored(action)) => Some(&action.levels),
            _ => None,
        }
    }

    fn of_kind(
        &self,
        kinds: &[OutcomeKind],
    ) -> impl Iterator<Item = &(pb::Outcome, DateTime<Utc>)> {
        self.outcomes.iter().filter(|(outcome, _)| kinds.contains(&outcome.kind()))
    }

    fn sent_at(&self) -> Option<DateTime<Utc>> {
        self.of_kind(&[OutcomeKind::Sent]).map(|(_, at)| *at).min()
    }

    /// The end of the days in which something counts as having come of it.
    fn horizon(&self) -> Option<DateTime<Utc>> {
        let days = TimeDelta::days(i64::try_from(HORIZON_DAYS).unwrap_or_default());
        Some(self.sent_at().or(self.decided_at)? + days)
    }

    /// What came within the horizon and has not gone back since, in units of the currency.
    #[expect(clippy::cast_precision_loss, reason = "amounts below 90 trillion are exact")]
    fn recovered(&self) -> Option<f64> {
        let end = self.horizon()?;
        let moved = self.of_kind(&[OutcomeKind::Payment, OutcomeKind::Reversal]);
        let movements = moved.map(|(outcome, at)| Movement {
            at: *at,
            about: &outcome.about,
            came: outcome.kind() == OutcomeKind::Payment,
            minor_units: outcome.amount.as_ref().map_or(0, |money| money.minor_units),
        });
        let payments = stayed(movements).into_iter().filter(|payment| payment.at <= end);
        let sum = payments.fold(0_i64, |sum, payment| sum.saturating_add(payment.minor_units));
        Some(sum as f64 / 100.0)
    }

    fn harmed(&self) -> Option<bool> {
        let end = self.horizon()?;
        let signs = [OutcomeKind::Dispute, OutcomeKind::Complaint];
        Some(self.of_kind(&signs).any(|(_, at)| *at <= end))
    }

    fn narrowed(&self) -> bool {
        self.mask.excluded_levels.iter().any(|it| it.rule_id.starts_with(RULES_OF_ARMS))
    }
}

type Named = (String, Cell);

fn text(name: &str, text: &str) -> Named {
    (name.to_owned(), Cell::Text((!text.is_empty()).then(|| text.to_owned())))
}

fn number(name: &str, number: Option<f64>) -> Named {
    (name.to_owned(), Cell::Number(number))
}

fn whole(name: &str, number: Option<i64>) -> Named {
    (name.to_owned(), Cell::Whole(number))
}

fn flag(name: &str, flag: Option<bool>) -> Named {
    (name.to_owned(), Cell::Flag(flag))
}

fn json(name: &str, structure: &Json) -> Named {
    (name.to_owned(), Cell::Text(Some(structure.to_string())))
}

fn json_if(is_known: bool, name: &str, structure: &Json) -> Named {
    (name.to_owned(), Cell::Text(is_known.then(|| structure.to_string())))
}

fn of_decision(facts: &Facts) -> Vec<Named> {
    let decision = &facts.decision;
    let silence = match &decision.action {
        Some(Action::NullAction(silence)) => silence.reason.as_str(),
        _ => "",
    };
    vec![
        text("decision_id", &decision.decision_id),
        ("decided_at".to_owned(), Cell::Instant(facts.decided_at)),
        text("debtor_id", &decision.debtor_id),
        text("policy_key", &decision.policy_key),
        text("policy_version", &decision.policy_version),
        number("policy_share", decision.policy_share.parse().ok()),
        text("feature_version", &decision.feature_version),
        text("origin", &decision.origin),
        flag("explored", facts.is_known().then_some(decision.explored)),
        text("experiment_arm", &decision.experiment_arm),
        flag("narrowed", facts.is_known().then(|| facts.narrowed())),
        flag("contact", Some(facts.levels().is_some())),
        text("silence_reason", silence),
        number("propensity", Some(decision.joint_propensity)),
        number("null_propensity", Some(decision.null_propensity)),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "amounts below 90 trillion are exact")]
fn of_context(context: Option<&pb::DecisionContext>) -> Vec<Named> {
    let personas = context.map(|it| &it.persona_probabilities);
    let likeliest = personas.and_then(|all| all.iter().max_by(|a, b| a.1.total_cmp(b.1)));
    let balance = context.and_then(|it| it.balance.as_ref());
    let probable = context.map(|it| it.payment_probability).filter(|known| *known > 0.0);
    vec![
        text("persona", likeliest.map_or("", |(persona, _)| persona.as_str())),
        flag("protected", context.map(|it| it.protected)),
        number("balance", balance.map(|money| money.minor_units as f64 / 100.0)),
        text("currency", balance.map_or("", |money| money.currency_code.as_str())),
        number("payment_probability", probable),
        whole("claim_count", context.map(|it| it.claim_count.into())),
        whole("contact_count", context.map(|it| it.contact_count.into())),
        whole("oldest_due_days", context.map(|it| it.oldest_due_days.into())),
    ]
}

fn of_outcomes(facts: &Facts) -> Vec<Named> {
    vec![
        ("sent_at".to_owned(), Cell::Instant(facts.sent_at())),
        number("recovered", facts.recovered()),
        flag("harm", facts.harmed()),
    ]
}

fn structures(facts: &Facts) -> Vec<Named> {
    let decision = &facts.decision;
    let (context, is_known) = (facts.context.as_ref(), facts.is_known());
    let level = |it: &pb::ExcludedLevel| json!([format!("{}={}", it.factor, it.level), it.rule_id]);
    let pair = |it: &pb::ExcludedPair| {
        let (one, other) =
            (format!("{}={}", it.factor_a, it.level_a), format!("{}={}", it.factor_b, it.level_b));
        json!([one, other, it.rule_id])
    };
    let levels = facts.mask.excluded_levels.iter().map(level);
    let excluded: Vec<Json> = levels.chain(facts.mask.excluded_pairs.iter().map(pair)).collect();
    let outcome = |(outcome, at): &(pb::Outcome, DateTime<Utc>)| {
        let kind = outcome.kind().as_str_name().trim_start_matches("OUTCOME_KIND_").to_lowercase();
        let minor_units = outcome.amount.as_ref().map(|money| money.minor_units);
        json!({
            "kind": kind,
            "at": at,
            "minor_units": minor_units,
            "claim_id": outcome.claim_id,
            "about": outcome.about,
            "toward": outcome.toward,
        })
    };
    let outcomes: Vec<Json> = facts.outcomes.iter().map(outcome).collect();
    let personas = context.map(|it| &it.persona_probabilities);
    let factor = |it: &pb::Factor| json!({ "name": it.name, "levels": it.levels });
    let space: Vec<Json> = facts.space.factors.iter().map(factor).collect();
    vec![
        json("levels", &json!(facts.levels())),
        json_if(is_known, "expected", &json!(decision.predicted)),
        json_if(is_known, "expected_deviations", &json!(decision.predicted_deviations)),
        json_if(is_known, "reasons", &json!(decision.reasons)),
        json("space", &json!(space)),
        json_if(is_known, "excluded", &json!(excluded)),
        text("all_excluded_by", &facts.mask.all_excluded_rule_id),
        json_if(is_known, "personas", &json!(personas)),
        json_if(is_known, "features", &json!(context.map(|it| &it.features))),
        json("claim_ids", &json!(decision.claim_ids)),
        json("outcomes", &json!(outcomes)),
        whole("sequence", Some(facts.sequence)),
        text("chain_hash", &facts.chain_hash),
        whole("chain_version", Some(facts.chain_version.into())),
        text("chained", &facts.chained),
    ]
}
