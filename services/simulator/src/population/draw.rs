use super::person::{Address, Age, Observation, Person, Trait};
use crate::random::{Draws, Purpose, normal_share};
use crate::world::{Leaning, World};

/// Where a person's claim comes from, where not from the world's own distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The claim, cents.
    pub amount_cents: i64,
    /// Whole months since it fell due.
    pub age_months: u32,
    /// An e-mail address is known.
    pub email: bool,
    /// A mobile number is known.
    pub mobile: bool,
}

/// The people of a world.
#[derive(Debug, Clone, Copy)]
pub struct Population<'a> {
    world: &'a World,
    mix: [f64; 3],
    portfolio: Option<&'a [Source]>,
}

impl<'a> Population<'a> {
    /// People whose claims are of the world; `mix` is the share of each age class.
    pub const fn of_world(world: &'a World, mix: [f64; 3]) -> Self {
        Self { world, mix, portfolio: None }
    }

    /// People of the world who owe the claims of a portfolio.
    pub const fn of_portfolio(world: &'a World, portfolio: &'a [Source]) -> Self {
        Self { world, mix: [0.0; 3], portfolio: Some(portfolio) }
    }

    /// The first `count` people.
    pub fn people(&self, count: u32) -> Vec<Person> {
        (0..count).map(|number| self.person(number)).collect()
    }

    /// One person by number.
    pub fn person(&self, number: u32) -> Person {
        let mut draws = Draws::of(self.world.seed, number, Purpose::Claim, 0);
        let (age_draw, amount_draw) = (draws.uniform(), draws.normal());
        let claims = &self.world.parameters.claims;
        let middle = claims.mean_eur.ln() - claims.sigma * claims.sigma / 2.0;
        let source = self.portfolio.and_then(|all| all.get(number as usize));
        let (amount_cents, age) = if let Some(source) = source {
            (source.amount_cents, Age::of_months(source.age_months))
        } else {
            let euros = (middle + claims.sigma * amount_draw).exp();
            (((euros * 100.0).round() as i64).max(100), self.age(age_draw))
        };
        let mut person = self.drawn(number, amount_cents, age);
        person.log_amount = (amount_cents as f64 / 100.0).ln() - middle;
        person.leaning.amount = person.log_amount / claims.sigma;
        person.unfounded = draws.happens(claims.unfounded);
        if let Some(source) = source {
            person.email = if source.email { known(person.email) } else { Address::Missing };
            person.mobile = if source.mobile { known(person.mobile) } else { Address::Missing };
        }
        person
    }

    fn age(&self, draw: f64) -> Age {
        match draw {
            draw if draw < self.mix[0] => Age::Young,
            draw if draw < self.mix[0] + self.mix[1] => Age::Middle,
            _ => Age::Old,
        }
    }

    fn drawn(&self, number: u32, amount_cents: i64, age: Age) -> Person {
        let mut draws = Draws::of(self.world.seed, number, Purpose::Traits, 0);
        let (traits, digital_score) = self.traits(&mut draws);
        let rhythm = draws.normal();
        let cash = &self.world.parameters.cash;
        let usual = cash.median_eur * (cash.sigma * traits.capacity).exp() - cash.floor_eur;
        let saver = draws.happens(cash.savers);
        let savings = cash.savings_median_eur
            * (cash.savings_sigma * (0.5 * traits.capacity + 0.866 * draws.normal())).exp();
        let payday = match draws.uniform() {
            draw if draw < 0.35 => 28,
            draw if draw < 0.60 => 1,
            draw if draw < 0.80 => 15,
            _ => 1 + draws.below(28) as u32,
        };
        let left_over = draws.uniform();
        let share = &self.world.parameters.traits;
        let vulnerable = draws.happens(share.vulnerable * (1.0 - 0.5 * traits.capacity).max(0.0));
        let known_vulnerable = vulnerable && draws.happens(share.vulnerable_known);
        let mut person = Person {
            number,
            amount_cents,
            age,
            enters: self.enters(number),
            traits,
            usual_eur: usual.max(0.0),
            savings_eur: if saver { savings } else { 0.0 },
            left_over,
            payday,
            email: Address::Missing,
            mobile: Address::Missing,
            letter: Address::Good,
            whatsapp: false,
            wrong_person: false,
            unfounded: false,
            vulnerable,
            known_vulnerable,
            observed: self.observed(number, &traits, digital_score),
            leaning: leaning(&traits, rhythm),
            log_amount: 0.0,
        };
        self.reach(&mut person);
        person
    }

    /// Six normal scores with two common factors, each put on its own margin: a Gaussian copula.
    fn traits(&self, draws: &mut Draws) -> (Trait, f64) {
        let common = [draws.normal(), draws.normal()];
        let [capacity, willingness, avoidance, digital, reactance, price] =
            self.world.parameters.traits.loadings().map(|(_, [hardship, modernity])| {
                let own = (1.0 - hardship * hardship - modernity * modernity).sqrt();
                hardship * common[0] + modernity * common[1] + own * draws.normal()
            });
        let exponential = |score: f64| -(1.0 - normal_share(score)).max(1e-9).ln();
        let traits = Trait {
            capacity,
            willingness,
            avoidance,
            digital: normal_share(digital),
            reactance: exponential(reactance),
            price: exponential(price),
        };
        (traits, digital)
    }

    fn observed(&self, number: u32, traits: &Trait, digital: f64) -> Observation {
        let mut draws = Draws::of(self.world.seed, number, Purpose::Observed, 0);
        let known = self.world.parameters.observed.reliability;
        let mut proxy = |score: f64| known.sqrt() * score + (1.0 - known).sqrt() * draws.normal();
        Observation {
            solvency: proxy(traits.capacity),
            history: proxy(traits.willingness),
            digital: proxy(digital),
        }
    }

    fn enters(&self, number: u32) -> u32 {
        let mut draws = Draws::of(self.world.seed, number, Purpose::Intake, 0);
        let weeks = (self.world.parameters.claims.intake_days / 7.0).ceil().max(1.0);
        7 * draws.below(weeks as usize) as u32
    }

    fn reach(&self, person: &mut Person) {
        let mut draws = Draws::of(self.world.seed, person.number, Purpose::Reach, 0);
        let reach = &self.world.parameters.reach;
        // Whoever lives more digitally left an address more often.
        let more = 0.5 + person.traits.digital;
        let mut address = |known: f64, bad: f64| {
            let (known, bad) = (draws.happens(known), draws.happens(bad));
            match (known, bad) {
                (false, _) => Address::Missing,
                (true, false) => Address::Good,
                (true, true) => Address::Bad,
            }
        };
        person.email = address(reach.email * more, reach.email_bad);
        person.mobile = address(reach.mobile * more, reach.mobile_bad);
        person.letter = address(1.0, reach.letter_bad);
        person.whatsapp = draws.happens(reach.whatsapp * more);
        person.wrong_person = draws.happens(reach.wrong_person);
    }
}

const fn known(address: Address) -> Address {
    match address {
        Address::Missing => Address::Good,
        other => other,
    }
}

fn leaning(traits: &Trait, rhythm: f64) -> Leaning {
    let digital = 2.0 * (traits.digital - 0.5);
    let reactance = traits.reactance - 1.0;
    Leaning { traits: [digital, reactance, traits.willingness, rhythm, 0.0, digital], amount: 0.0 }
}
