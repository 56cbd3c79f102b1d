use kulanz_law::{Accrual, DayCount, Exact, InterestRate, LawError, Purpose, Segment, accrue};
use kulanz_types::{Currency, Money};
use serde_json::{Value, json};

use super::Case;
use super::error::Fault;
use super::fields::shown;

pub(super) fn compute(case: &Case<'_>) -> Result<Value, Fault> {
    let input = case.input;
    input.only(&["principal", "from", "to_inclusive", "points_over_base"])?;
    let principal = input.money("principal")?;
    let (from, to) = (input.date("from")?, input.date("to_inclusive")?);
    if to < from {
        return Err(input.invalid("to_inclusive", "a day not before in.from"));
    }
    let rate = InterestRate::OverBase(input.percent("points_over_base")?);
    // A worked case is a final figure: a day without an announced base rate has none.
    let run = |count| {
        accrue(principal, from, to, rate, count)
            .and_then(|accrual| accrual.for_purpose(Purpose::Posting))
    };
    let found = || -> Result<Value, LawError> {
        let act365 = run(DayCount::Act365)?;
        let contrast = act365.segments.iter().map(Segment::contrast_act360);
        let contrast: Vec<Exact> = contrast.collect::<Result<_, _>>()?;
        Ok(json!({
            "segments": segments(&act365),
            "act365": sums(&exact(&act365))?,
            "actact": sums(&exact(&run(DayCount::ActAct)?))?,
            "act360": sums(&contrast)?,
        }))
    };
    found().map_err(|error| input.refused(error))
}

fn segments(accrual: &Accrual) -> Vec<Value> {
    let shown = |part: &Segment| json!([part.from, part.to, part.days, part.rate]);
    accrual.segments.iter().map(shown).collect()
}

fn exact(accrual: &Accrual) -> Vec<Exact> {
    accrual.segments.iter().map(|part| part.exact).collect()
}

fn sums(parts: &[Exact]) -> Result<Value, LawError> {
    let rounded: Vec<Money> =
        parts.iter().map(|part| part.round(Currency::EUR)).collect::<Result<_, _>>()?;
    let total = parts.iter().copied().sum::<Exact>().round(Currency::EUR)?;
    Ok(json!({
        "sum_of_rounded_segments": shown(Money::sum(Currency::EUR, rounded)?),
        "rounded_total": shown(total),
    }))
}
