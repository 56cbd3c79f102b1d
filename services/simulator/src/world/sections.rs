//! The numbers of a world, section by section.

use super::section::sections;

sections! {
    /// The claims: amounts and ages.
    claims: Claims {
        /// Mean claim at hand-over, EUR (UNIREC 2022: 2,643).
        mean_eur = 2643.0 in 10.0 to 1_000_000.0,
        /// Standard deviation of the logarithm of the amount.
        sigma = 1.05 in 0.1 to 2.5,
        /// Share of claims younger than one year; 0 with the next lets calibration find the mix.
        share_young = 0.0 in 0.0 to 1.0,
        /// Share of claims of one to three years.
        share_middle = 0.0 in 0.0 to 1.0,
        /// Share of debtors against whom the claim is not well founded.
        unfounded = 0.03 in 0.0 to 0.5,
        /// Days over which the claims are handed over, in weekly vintages.
        intake_days = 140.0 in 1.0 to 1000.0,
    }

    /// How the latent traits hang together: loadings on two hidden factors, hardship and modernity.
    traits: Traits {
        /// Capacity on hardship.
        capacity_hardship = -0.7 in -0.99 to 0.99,
        /// Capacity on modernity.
        capacity_modernity = 0.2 in -0.99 to 0.99,
        /// Willingness on hardship.
        willingness_hardship = -0.3 in -0.99 to 0.99,
        /// Willingness on modernity.
        willingness_modernity = 0.1 in -0.99 to 0.99,
        /// Avoidance on hardship.
        avoidance_hardship = 0.5 in -0.99 to 0.99,
        /// Avoidance on modernity.
        avoidance_modernity = -0.1 in -0.99 to 0.99,
        /// Digital affinity on hardship.
        digital_hardship = -0.1 in -0.99 to 0.99,
        /// Digital affinity on modernity.
        digital_modernity = 0.7 in -0.99 to 0.99,
        /// Reactance on hardship.
        reactance_hardship = 0.2 in -0.99 to 0.99,
        /// Reactance on modernity.
        reactance_modernity = 0.2 in -0.99 to 0.99,
        /// Price sensitivity on hardship.
        price_hardship = 0.5 in -0.99 to 0.99,
        /// Price sensitivity on modernity.
        price_modernity = 0.0 in -0.99 to 0.99,
        /// Share of people who must be protected as vulnerable.
        vulnerable = 0.06 in 0.0 to 1.0,
        /// Share of those of whom the creditor knows it.
        vulnerable_known = 0.5 in 0.0 to 1.0,
    }

    /// What can be observed of a person.
    observed: Observed {
        /// Share of a trait's variance that its observed proxy explains.
        reliability = 0.3 in 0.0 to 1.0,
        /// Day from which the proxies are those of another person; beyond the horizon: never.
        shuffled_from_day = 100_000.0 in 0.0 to 100_000.0,
    }

    /// Free money: what income leaves after essentials.
    cash: Cash {
        /// Median of monthly income above the bare minimum, EUR.
        median_eur = 420.0 in 1.0 to 100_000.0,
        /// Standard deviation of its logarithm between people.
        sigma = 0.8 in 0.0 to 3.0,
        /// Part of it that is gone before anything can be paid, EUR a month.
        floor_eur = 200.0 in 0.0 to 100_000.0,
        /// How much of a month's deviation lasts into the next, AR(1).
        persistence = 0.7 in 0.0 to 0.999,
        /// Standard deviation of the logarithm of a person's month.
        shock_sigma = 0.35 in 0.0 to 3.0,
        /// Chance a month that the income breaks away.
        loss_hazard = 0.008 in 0.0 to 1.0,
        /// Chance a month that a broken income returns.
        recovery_hazard = 0.25 in 0.0 to 1.0,
        /// Share of the free money that is spent elsewhere, each day.
        spent_daily = 0.04 in 0.0 to 1.0,
        /// Share of people with savings.
        savers = 0.35 in 0.0 to 1.0,
        /// Median of savings of those who have some, EUR.
        savings_median_eur = 900.0 in 0.0 to 1_000_000.0,
        /// Standard deviation of the logarithm of savings.
        savings_sigma = 1.1 in 0.0 to 3.0,
    }

    /// Addresses and channels.
    reach: Reach {
        /// Share of people with a known e-mail address.
        email = 0.75 in 0.0 to 1.0,
        /// Share with a known mobile number.
        mobile = 0.65 in 0.0 to 1.0,
        /// Share who agreed to `WhatsApp`.
        whatsapp = 0.08 in 0.0 to 1.0,
        /// Share of e-mail addresses that bounce.
        email_bad = 0.08 in 0.0 to 1.0,
        /// Share of mobile numbers that are dead.
        mobile_bad = 0.06 in 0.0 to 1.0,
        /// Share of postal addresses that are wrong.
        letter_bad = 0.07 in 0.0 to 1.0,
        /// Share of people whose addresses lead to somebody else.
        wrong_person = 0.015 in 0.0 to 1.0,
        /// Chance that somebody else says so when a message arrives.
        wrong_person_tells = 0.5 in 0.0 to 1.0,
        /// Log-odds that an e-mail is seen.
        email_seen = 0.0 in -6.0 to 6.0,
        /// Log-odds that a short message is seen.
        sms_seen = 0.8 in -6.0 to 6.0,
        /// Log-odds that a letter is opened.
        letter_seen = 0.6 in -6.0 to 6.0,
        /// Log-odds that a `WhatsApp` message is seen.
        whatsapp_seen = 0.9 in -6.0 to 6.0,
        /// Log-odds that a notice in the portal is seen.
        portal_push_seen = -0.5 in -6.0 to 6.0,
        /// How digital affinity moves the log-odds of seeing digital messages, from least to most.
        digital_slope = 1.2 in -6.0 to 6.0,
        /// How one standard deviation of avoidance lowers them.
        avoidance_slope = 0.5 in -6.0 to 6.0,
    }

    /// What a person makes of a contact.
    reaction: Reaction {
        /// Log-odds that a seen message is considered.
        considered = 0.3 in -6.0 to 6.0,
        /// How one standard deviation of willingness moves considering and settling, log-odds.
        willingness = 0.6 in -6.0 to 6.0,
        /// How one standard deviation of avoidance lowers considering, log-odds.
        avoidance = 0.4 in -6.0 to 6.0,
        /// Log-odds of paying in full against ignoring, above the intercept.
        pay = 0.3 in -8.0 to 8.0,
        /// Log-odds of asking for instalments, above the intercept.
        plan = -0.6 in -8.0 to 8.0,
        /// More for instalments where the whole cannot be paid at once.
        plan_need = 0.9 in -8.0 to 8.0,
        /// Log-odds of promising a date, above the intercept.
        promise = -0.8 in -8.0 to 8.0,
        /// Log-odds of disputing a founded claim against ignoring.
        dispute = -4.8 in -12.0 to 8.0,
        /// More for disputing where the claim is not founded.
        dispute_unfounded = 4.2 in 0.0 to 12.0,
        /// Log-odds of complaining.
        complain = -6.5 in -12.0 to 8.0,
        /// How reactance moves complaining.
        complain_reactance = 0.4 in -6.0 to 6.0,
        /// How much price sensitivity lowers settling, for each unit of the logarithm of the amount.
        price = 0.35 in -6.0 to 6.0,
        /// More for settling in the three days from payday.
        payday = 0.5 in -6.0 to 6.0,
        /// Daily hazard of paying of one's own accord, against the odds of the intercept.
        self_cure = 0.004 in 0.0 to 1.0,
        /// Share of the free money and savings that a claim may take at once.
        at_once = 0.8 in 0.0 to 1.0,
    }

    /// How long it takes from the decision to the money.
    delay: Delay {
        /// Share who pay on the same day.
        same_day = 0.35 in 0.0 to 1.0,
        /// Share who wait for the next payday.
        payday = 0.25 in 0.0 to 1.0,
        /// Median of the others' delay, days.
        median_days = 4.0 in 0.1 to 100.0,
        /// Standard deviation of its logarithm.
        sigma = 0.9 in 0.0 to 3.0,
    }

    /// Instalment plans and promises.
    plans: Plans {
        /// Share of the usual free money that an instalment may take.
        comfort = 0.5 in 0.01 to 1.0,
        /// Most instalments of a plan.
        longest = 36.0 in 2.0 to 120.0,
        /// Least instalment, EUR.
        least_eur = 15.0 in 0.01 to 1000.0,
        /// Log-odds that a due instalment which can be paid is paid.
        keep = 2.4 in -6.0 to 8.0,
        /// How one standard deviation of willingness moves it.
        keep_willingness = 0.5 in -6.0 to 6.0,
        /// How spare money, beyond the instalment, moves it: per log of the ratio.
        keep_slack = 0.4 in -6.0 to 6.0,
        /// More where the plan was agreed on a digital channel.
        keep_digital = 0.4 in -6.0 to 6.0,
        /// Log-odds that a promise which can be kept is kept.
        promise_keep = 0.8 in -6.0 to 8.0,
    }

    /// What many contacts do.
    wear: Wear {
        /// How a recent contact lowers considering, log-odds.
        habituation = 0.25 in 0.0 to 6.0,
        /// Days in which habituation and annoyance fall to 37 %.
        memory_days = 21.0 in 1.0 to 1000.0,
        /// How one unit of annoyance lowers settling.
        annoyance = 0.15 in 0.0 to 6.0,
        /// How one unit of annoyance moves complaining and opting out.
        annoyance_complaint = 0.5 in 0.0 to 6.0,
        /// Log-odds that a seen contact ends in opting out of its channel.
        opt_out = -6.0 in -12.0 to 8.0,
        /// Share of a wording's effect that is left each time the same motive is met again.
        wording_left = 0.7 in 0.0 to 1.0,
    }

    /// How the world changes while one acts in it.
    drift: Drift {
        /// Greatest seasonal change of settling, log-odds; best in March, worst in September.
        season = 0.1 in 0.0 to 3.0,
        /// Day of a shock to everybody's free money; beyond the horizon: never.
        shock_day = 100_000.0 in 0.0 to 100_000.0,
        /// Share of free money that the shock takes.
        shock_depth = 0.0 in 0.0 to 1.0,
        /// How much the log-odds of seeing digital messages fall in 100 days.
        channel_fatigue = 0.05 in -3.0 to 3.0,
        /// Day from which every effect turns round; beyond the horizon: never.
        reversal_day = 100_000.0 in 0.0 to 100_000.0,
    }

    /// What a contact costs.
    cost: Cost {
        /// An e-mail, EUR.
        email_eur = 0.01 in 0.0 to 100.0,
        /// A short message, EUR.
        sms_eur = 0.08 in 0.0 to 100.0,
        /// A letter, EUR.
        letter_eur = 1.05 in 0.0 to 100.0,
        /// A `WhatsApp` message, EUR.
        whatsapp_eur = 0.1 in 0.0 to 100.0,
        /// A notice in the portal, EUR.
        portal_push_eur = 0.0 in 0.0 to 100.0,
    }

    /// The public figures that the baseline is set to, under static dunning.
    targets: Targets {
        /// Share of cases younger than a year that recover (UNIREC 2022).
        young = 0.53 in 0.001 to 0.999,
        /// Share of cases of one to three years that recover.
        middle = 0.23 in 0.001 to 0.999,
        /// Share of older cases that recover.
        old = 0.13 in 0.001 to 0.999,
        /// Share of the amount handed over that is paid.
        amount = 0.11 in 0.001 to 0.999,
        /// Days after hand-over at which the four are measured.
        horizon_days = 180.0 in 30.0 to 1000.0,
    }
}
