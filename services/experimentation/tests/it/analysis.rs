use futures::StreamExt as _;
use kulanz_chassis::Role;
use kulanz_proto::events::v1 as event;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::types::v1::{Money, PersonDataPart};
use kulanz_testkit::{House, fields, on_both_backends};
use sea_orm::{ConnectionTrait as _, Statement};

use crate::asking::{decide, question};
use crate::experimenting::{adjust, analyse, arms, assign, experiment, person, running};
use crate::house;
use crate::outcomes::sent;

/// Somebody in an experiment.
struct Member {
    debtor_id: String,
    arm: String,
}

async fn members(house: &House, key: &str, count: usize) -> Vec<Member> {
    let mut members = Vec::new();
    for _ in 0..count {
        let debtor_id = person(house, false);
        let arm = assign(house, key, &debtor_id).await.arm_key;
        members.push(Member { debtor_id, arm });
    }
    members
}

fn euros(euros: i64) -> Money {
    Money { currency_code: "EUR".to_owned(), minor_units: euros * 100 }
}

async fn pays(house: &House, debtor_id: &str, amount: i64) {
    let payment = event::PaymentReceived {
        payment_id: format!("payment_{debtor_id}"),
        claim_id: format!("claim_{debtor_id}"),
        debtor_id: debtor_id.to_owned(),
        amount: Some(euros(amount)),
        ..Default::default()
    };
    house.publish("payments", debtor_id, &payment).await;
}

async fn pays_again(house: &House, debtor_id: &str, amount: i64) {
    let payment = event::PaymentReceived {
        payment_id: format!("again_{debtor_id}"),
        claim_id: format!("claim_{debtor_id}"),
        debtor_id: debtor_id.to_owned(),
        amount: Some(euros(amount)),
        ..Default::default()
    };
    house.publish("payments", debtor_id, &payment).await;
}

async fn gets_back(house: &House, debtor_id: &str, amount: i64) {
    let reversal = event::PaymentReversed {
        payment_id: format!("payment_{debtor_id}"),
        claim_id: format!("claim_{debtor_id}"),
        debtor_id: debtor_id.to_owned(),
        amount: Some(euros(amount)),
        ..Default::default()
    };
    house.publish("payments", debtor_id, &reversal).await;
}

/// What the copy for a person says of the one experiment that they are in.
async fn exposure_of(house: &House, debtor_id: &str) -> PersonDataPart {
    let mut exposures = exposures_of(house, debtor_id).await;
    assert_eq!(exposures.len(), 1);
    exposures.remove(0)
}

/// What the copy for a person says of experiments.
pub async fn exposures_of(house: &House, debtor_id: &str) -> Vec<PersonDataPart> {
    let copy = pb::ExportPersonDataRequest { debtor_id: debtor_id.to_owned() };
    let mut client = house.clients().experimentation();
    let told = client.export_person_data(house.ask(Role::Admin, copy)).await.unwrap();
    let parts: Vec<_> = told.into_inner().map(|part| part.unwrap().part.unwrap()).collect().await;
    parts.into_iter().filter(|part| part.kind == "exposure").collect()
}

/// What is shown of everybody in the experiment.
async fn look(house: &House, id: &str, include_immature: bool) -> pb::AnalyzeExperimentResponse {
    let request = pb::AnalyzeExperimentRequest {
        experiment_id: id.to_owned(),
        metrics: ["recovered_amount", "contacts", "recovered_per_contact"]
            .map(str::to_owned)
            .into(),
        include_immature,
    };
    analyse(house, request).await.unwrap()
}

fn of<'a>(shown: &'a pb::AnalyzeExperimentResponse, arm: &str, metric: &str) -> &'a pb::ArmResult {
    let mut all = shown.results.iter();
    all.find(|result| result.arm_key == arm && result.metric == metric).expect("a result")
}

/// Units and the whole amount that is counted, over both arms.
fn recovered(shown: &pb::AnalyzeExperimentResponse) -> (i64, i64) {
    let arms = ["plain", "warm"].map(|arm| of(shown, arm, "recovered_amount"));
    let total: f64 =
        arms.iter().map(|it| it.mean * f64::from(i32::try_from(it.units).unwrap())).sum();
    #[expect(clippy::cast_possible_truncation, reason = "cents of a test")]
    let cents = (total * 100.0).round() as i64;
    (arms.iter().map(|it| it.units).sum(), cents)
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred people")]
fn number(count: usize) -> f64 {
    count as f64
}

/// 220 people who came under the same weights, of whom the same share paid in either arm.
struct Season {
    people: [f64; 2],
    paid: [f64; 2],
}

impl Season {
    async fn begin(house: &House, share: f64) -> Self {
        let members = members(house, "tone", 220).await;
        let (mut people, mut paid) = ([0.0; 2], [0.0; 2]);
        for member in &members {
            let arm = usize::from(member.arm == "warm");
            people[arm] += 1.0;
            if paid[arm] < (share * people[arm]).floor() {
                paid[arm] += 1.0;
                pays(house, &member.debtor_id, 10).await;
            }
        }
        Self { people, paid }
    }

    /// n0 n1/(n0 + n1).
    fn weight(&self) -> f64 {
        self.people[0] * self.people[1] / (self.people[0] + self.people[1])
    }

    fn difference(&self) -> f64 {
        self.paid[1] / self.people[1] - self.paid[0] / self.people[0]
    }
}

/// Puts others in the place of all sums, as an older version of the house would have left them.
async fn keep_sums(house: &House, sums: &str) {
    let store = house.constellation().store("experimentation").unwrap();
    let work = store.begin(house.tenant()).await.unwrap();
    let sql = "UPDATE experiment_sums SET sums = $1 WHERE tenant_id = $2";
    let values = [sums.into(), house.tenant().to_string().into()];
    let backend = work.db().get_database_backend();
    work.db().execute_raw(Statement::from_sql_and_values(backend, sql, values)).await.unwrap();
    work.commit().await.unwrap();
}

/// Few days until an outcome counts as known.
fn short(key: &str) -> pb::Experiment {
    pb::Experiment { maturity_days: 2, planned_units: 240, ..experiment(key) }
}

on_both_backends! {
    async fn an_outcome_counts_once_it_is_known_and_not_after_its_days(backend: Backend) {
        let house = house(backend).await;
        let id = running(&house, short("tone")).await.experiment_id;
        let members = members(&house, "tone", 6).await;
        // Asked again, nobody is counted twice.
        for member in &members {
            assign(&house, "tone", &member.debtor_id).await;
        }
        pays(&house, &members[0].debtor_id, 50).await;
        house.settle().await;
        assert_eq!(recovered(&look(&house, &id, false).await), (0, 0));
        assert_eq!(recovered(&look(&house, &id, true).await), (6, 5_000));
        house.advance_days(1).await;
        pays(&house, &members[1].debtor_id, 20).await;
        house.settle().await;
        assert_eq!(recovered(&look(&house, &id, true).await), (6, 7_000));
        house.advance_days(1).await;
        pays(&house, &members[2].debtor_id, 900).await;
        house.settle().await;
        assert_eq!(recovered(&look(&house, &id, false).await), (6, 7_000));
        assert_eq!(recovered(&look(&house, &id, false).await), (6, 7_000));
        house.stop().await;
    }

    async fn money_that_goes_back_and_people_who_are_erased_leave_no_trace(backend: Backend) {
        let house = house(backend).await;
        let id = running(&house, short("tone")).await.experiment_id;
        let members = members(&house, "tone", 5).await;
        for (member, amount) in members.iter().zip([10, 20, 30]) {
            pays(&house, &member.debtor_id, amount).await;
        }
        house.advance_days(3).await;
        assert_eq!(recovered(&look(&house, &id, false).await), (5, 6_000));
        gets_back(&house, &members[1].debtor_id, 20).await;
        house.settle().await;
        assert_eq!(recovered(&look(&house, &id, false).await), (5, 4_000));
        let erase = pb::ErasePersonDataRequest {
            request_id: house.request_id(),
            debtor_id: members[2].debtor_id.clone(),
        };
        let mut client = house.clients().experimentation();
        client.erase_person_data(house.ask(Role::Admin, erase)).await.unwrap();
        assert_eq!(recovered(&look(&house, &id, false).await), (4, 1_000));
        let sql = "SELECT COUNT(*) AS n FROM exposure WHERE tenant_id = $1 AND debtor_id = $2";
        let erased = &members[2].debtor_id;
        assert_eq!(house.count("experimentation", sql, erased).await, 0);
        // Asked for again, the erased person gets the same arm and is noted nowhere.
        assert_eq!(assign(&house, "tone", erased).await.arm_key, members[2].arm);
        assert_eq!(house.count("experimentation", sql, erased).await, 0);
        house.stop().await;
    }

    async fn looks_in_the_midst_of_news_end_in_the_same_sums(backend: Backend) {
        let house = house(backend).await;
        let id = running(&house, short("tone")).await.experiment_id;
        let members = members(&house, "tone", 30).await;
        let news = async {
            for member in &members {
                pays(&house, &member.debtor_id, 10).await;
                pays_again(&house, &member.debtor_id, 5).await;
                gets_back(&house, &member.debtor_id, 10).await;
            }
            house.settle().await;
        };
        let looks = async {
            for _ in 0..20 {
                look(&house, &id, true).await;
            }
        };
        let erased = async {
            for member in members.iter().rev().take(5) {
                let erase = pb::ErasePersonDataRequest {
                    request_id: house.request_id(),
                    debtor_id: member.debtor_id.clone(),
                };
                let mut client = house.clients().experimentation();
                client.erase_person_data(house.ask(Role::Admin, erase)).await.unwrap();
            }
        };
        tokio::join!(news, looks, erased);
        assert_eq!(recovered(&look(&house, &id, true).await), (25, 12_500));
        house.stop().await;
    }

    async fn a_copy_tells_the_experiments_that_a_person_is_in(backend: Backend) {
        let house = house(backend).await;
        let id = running(&house, short("tone")).await.experiment_id;
        let member = members(&house, "tone", 1).await.remove(0);
        let part = exposure_of(&house, &member.debtor_id).await;
        assert_eq!((part.kind.as_str(), part.record_id.as_str()), ("exposure", id.as_str()));
        assert!(part.json.contains(&format!("\"arm_key\":\"{}\"", member.arm)), "{}", part.json);
        house.stop().await;
    }

    async fn what_was_predicted_before_sharpens_the_comparison(backend: Backend) {
        let house = house(backend).await;
        let id = running(&house, short("tone")).await.experiment_id;
        for number in 1..=12 {
            let mut asked = question(&house);
            let context = asked.context.as_mut().unwrap();
            (context.payment_probability, context.balance) = (0.4, Some(euros(number * 50)));
            asked.debtor_id = person(&house, false);
            let debtor_id = asked.debtor_id.clone();
            decide(&house, asked).await.unwrap();
            assign(&house, "tone", &debtor_id).await;
            // A later decision is no prediction any more.
            let mut later = pb::DecideRequest { debtor_id: debtor_id.clone(), ..question(&house) };
            later.context.as_mut().unwrap().payment_probability = 0.9;
            decide(&house, later).await.unwrap();
            pays(&house, &debtor_id, number * 20).await;
            let predicted = format!("\"predicted_amount\":{}.0", number * 20);
            let copy = exposure_of(&house, &debtor_id).await.json;
            assert!(copy.contains(&predicted), "{copy}");
        }
        house.settle().await;
        let shown = look(&house, &id, true).await;
        assert!(of(&shown, "warm", "recovered_amount").adjusted);
        // Everyone paid exactly what was predicted: adjusted, the arms have the same mean.
        let mean = |arm: &str| of(&shown, arm, "recovered_amount").mean;
        assert!((mean("plain") - 130.0).abs() < 1e-6 && (mean("warm") - 130.0).abs() < 1e-6);
        house.stop().await;
    }

    async fn messages_and_their_costs_are_counted_for_the_person(backend: Backend) {
        let house = house(backend).await;
        let id = running(&house, short("tone")).await.experiment_id;
        let member = members(&house, "tone", 1).await.remove(0);
        let mut messages = 0;
        while messages < 2 {
            let asked = pb::DecideRequest { debtor_id: member.debtor_id.clone(), ..question(&house) };
            let decision = decide(&house, asked).await.unwrap();
            if matches!(decision.action, Some(pb::decision::Action::Factored(_))) {
                messages += 1;
                let message = sent(&decision, &format!("message_{messages}"));
                house.publish("messaging", &member.debtor_id, &message).await;
            }
        }
        pays(&house, &member.debtor_id, 50).await;
        house.settle().await;
        let shown = look(&house, &id, true).await;
        assert!((of(&shown, &member.arm, "contacts").mean - 2.0).abs() < f64::EPSILON);
        assert!((of(&shown, &member.arm, "recovered_per_contact").mean - 25.0).abs() < 1e-9);
        house.stop().await;
    }

    async fn intervals_are_those_of_the_formulas_from_fifty_conversions_on(backend: Backend) {
        let house = house(backend).await;
        let id = running(&house, short("tone")).await.experiment_id;
        let members = members(&house, "tone", 240).await;
        let in_arm = |arm: &str| members.iter().filter(|it| it.arm == arm).map(|it| it.debtor_id.clone()).collect::<Vec<_>>();
        let (plain, warm) = (in_arm("plain"), in_arm("warm"));
        for debtor_id in plain.iter().take(50).chain(warm.iter().take(49)) {
            pays(&house, debtor_id, 10).await;
        }
        house.settle().await;
        let early = look(&house, &id, true).await;
        assert!(of(&early, "warm", "paid").withheld.contains("49 of 50"));
        assert_eq!((early.advice.as_str(), early.guardrails[0].verdict.as_str()), ("wait", "open"));
        for debtor_id in warm.iter().skip(49).take(21) {
            pays(&house, debtor_id, 10).await;
        }
        house.settle().await;
        let shown = look(&house, &id, true).await;
        let found = of(&shown, "warm", "paid");
        let (n0, n1) = (number(plain.len()), number(warm.len()));
        let (p0, p1) = (50.0 / n0, 70.0 / n1);
        let (difference, variance) = (p1 - p0, p1 * (1.0 - p1) / n1 + p0 * (1.0 - p0) / n0);
        let (n, spent) = (n0 + n1, -2.0 * 0.05_f64.ln());
        let rho_squared = (spent + (spent + 1.0).ln()) / 240.0;
        let grown = n * rho_squared + 1.0;
        let root = 2.0 * grown / (n * n * rho_squared) * (grown.sqrt() / 0.05).ln();
        let half = (variance * n).sqrt() * root.sqrt();
        let e = (rho_squared * difference * difference * n / variance / (2.0 * grown)).exp() / grown.sqrt();
        for (found, expected) in [
            (found.difference, difference),
            (found.lower, difference - half),
            (found.upper, difference + half),
            (found.e_value, e),
            (found.p_value, (1.0 / e).min(1.0)),
            (found.relative_difference.unwrap(), difference / p0),
        ] {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
        assert!(found.withheld.is_empty() && found.lower < found.fixed_lower && found.fixed_upper < found.upper);
        // One degree of freedom: the chi-square tail is that of a normal.
        let uneven = (n0 - n / 2.0).powi(2) / (n / 2.0) * 2.0;
        assert_eq!(shown.sample_ratio_p_value > 0.05, uneven < 3.841);
        assert!(!shown.sample_ratio_mismatch);
        house.stop().await;
    }

    async fn a_worse_season_under_new_weights_is_no_harm(backend: Backend) {
        let house = house(backend).await;
        let begun = running(&house, short("tone")).await;
        let good = Season::begin(&house, 0.6).await;
        let new = pb::AdjustExperimentRequest {
            experiment_id: begun.experiment_id.clone(),
            etag: begun.etag,
            arms: arms("0.1", "0.9"),
            ..Default::default()
        };
        assert_eq!(adjust(&house, new).await.unwrap().bucket_version, 2);
        let bad = Season::begin(&house, 0.2).await;
        house.settle().await;
        let shown = look(&house, &begun.experiment_id, true).await;
        let found = of(&shown, "warm", "paid");
        let seasons = [good, bad];
        let all: f64 = seasons.iter().map(Season::weight).sum();
        let expected: f64 = seasons.iter().map(|it| it.weight() / all * it.difference()).sum();
        assert!((found.difference - expected).abs() < 1e-9, "{found:?}");
        assert!((found.mean - found.control_mean.unwrap() - found.difference).abs() < 1e-9);
        assert!(found.lower < 0.0 && 0.0 < found.upper && !found.discovery, "{found:?}");
        assert_ne!(shown.advice, "stop_for_harm");
        let thrown_together = |arm: usize| {
            let sum = |of: fn(&Season) -> [f64; 2]| seasons.iter().map(|it| of(it)[arm]).sum::<f64>();
            sum(|it| it.paid) / sum(|it| it.people)
        };
        assert!(thrown_together(1) < thrown_together(0) - 0.1);
        house.stop().await;
    }

    async fn how_soon_people_pay_is_read_before_their_days_are_over(backend: Backend) {
        let house = house(backend).await;
        let month = pb::Experiment { maturity_days: 30, ..experiment("tone") };
        let id = running(&house, month).await.experiment_id;
        let members = members(&house, "tone", 80).await;
        let of_arm = |arm: &str| members.iter().filter(|it| it.arm == arm).collect::<Vec<_>>();
        let (plain, warm) = (of_arm("plain"), of_arm("warm"));
        let delay = async |arm: &str| {
            let shown = look(&house, &id, false).await;
            shown.delays.into_iter().find(|delay| delay.arm_key == arm).expect("a delay")
        };
        assert!(delay("warm").await.withheld.contains("whole day"));
        for member in warm.iter().take(10) {
            pays(&house, &member.debtor_id, 10).await;
        }
        house.advance_days(1).await;
        for member in plain.iter().take(3) {
            pays(&house, &member.debtor_id, 10).await;
        }
        house.advance_days(4).await;
        let (early, late) = (delay("warm").await, delay("plain").await);
        assert_eq!((early.days, late.days, early.bucket_version), (4, 4, 1));
        let (of_warm, of_plain) = (10.0 / number(warm.len()), 3.0 / number(plain.len()));
        for (found, expected) in [
            (early.paid_share, of_warm),
            (early.mean_days, 4.0 * (1.0 - of_warm)),
            (late.paid_share, of_plain),
            (late.mean_days, 4.0 - 3.0 * of_plain),
            (late.e_value, 1.0),
        ] {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
        assert!(early.e_value > 1.0 && early.quantiles.is_empty() && early.withheld.is_empty());
        gets_back(&house, &warm[0].debtor_id, 10).await;
        house.advance_days(30).await;
        let known = delay("warm").await;
        assert!((known.paid_share - 9.0 / number(warm.len())).abs() < 1e-9);
        assert_eq!(known.days, 30);
        let days = |delay: &pb::PaymentDelay| {
            delay.quantiles.iter().map(|it| (it.quantile, it.day)).collect::<Vec<_>>()
        };
        assert_eq!(days(&known), [(0.5, 0), (0.9, 0)]);
        assert_eq!(days(&delay("plain").await), [(0.5, 1), (0.9, 1)]);
        house.stop().await;
    }

    async fn sums_of_another_layout_are_counted_anew(backend: Backend) {
        let house = house(backend).await;
        let id = running(&house, short("tone")).await.experiment_id;
        let members = members(&house, "tone", 4).await;
        pays(&house, &members[0].debtor_id, 50).await;
        house.settle().await;
        let before = look(&house, &id, true).await;
        let as_before = || keep_sums(&house, r#"{"matured":{},"open":{},"split":{}}"#);
        as_before().await;
        assert_eq!(look(&house, &id, true).await, before);
        as_before().await;
        let erase = pb::ErasePersonDataRequest {
            request_id: house.request_id(),
            debtor_id: members[0].debtor_id.clone(),
        };
        let mut client = house.clients().experimentation();
        client.erase_person_data(house.ask(Role::Admin, erase)).await.unwrap();
        assert_eq!(recovered(&look(&house, &id, true).await), (3, 0));
        house.stop().await;
    }

    async fn a_metric_that_is_never_observed_is_refused(backend: Backend) {
        let house = house(backend).await;
        let experiment_id = running(&house, short("tone")).await.experiment_id;
        let metrics = vec!["paid".to_owned(), "clicks".to_owned()];
        let request = pb::AnalyzeExperimentRequest { experiment_id, metrics, include_immature: false };
        assert_eq!(fields(&analyse(&house, request).await.unwrap_err()), ["metrics[1]"]);
        house.stop().await;
    }
}
