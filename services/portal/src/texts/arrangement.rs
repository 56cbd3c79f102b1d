//! Instalments, deferral, promise.

use super::texts;

texts! {
    /// Pages about paying otherwise than now.
    Arranging {
        later_title: "Später oder Hilfe", "Later or help";
        promise_choice: "Ich zahle zu einem bestimmten Tag", "I will pay on a certain day";
        promise_choice_hint: "Kostenlos, bis zu 30 Tage", "Free of charge, up to 30 days";
        deferral_choice: "Ich brauche einen Aufschub", "I need a deferral";
        deferral_choice_hint: "Alles auf einmal, aber später", "Everything at once, but later";
        instalments_choice: "Ich möchte in Raten zahlen", "I would like to pay in instalments";
        instalments_choice_hint: "Sie wählen die Rate", "You choose the rate";
        advice_title: "Kostenlose Beratung", "Free advice";
        advice_text: "Wenn es an mehreren Stellen eng wird, helfen Schuldnerberatungen der Wohlfahrtsverbände und Verbraucherzentralen, vertraulich und kostenlos. Sagen Sie uns Bescheid, dann stimmen wir uns mit der Beratung ab.",
            "If money is short in several places, the debt advice services of welfare and consumer organisations help in confidence and free of charge. Let us know and we will coordinate with them.";
        advice_tell: "Beratung, Betreuung oder Insolvenz mitteilen", "Tell us about advice, guardianship or insolvency";

        instalments_title: "Welche Rate passt zu Ihnen?", "Which rate suits you?";
        instalments_text: "Nennen Sie eine Rate oder eine Laufzeit. Lassen Sie beides leer, machen wir einen Vorschlag.",
            "Name a rate or a term. Leave both empty and we will make a suggestion.";
        rate_label: "Rate im Monat, in Euro", "Rate per month, in euros";
        rate_hint: "Zum Beispiel 50", "For example 50";
        months_label: "oder Laufzeit in Monaten", "or term in months";
        months_hint: "2 bis 60", "2 to 60";
        first_label: "Erste Zahlung am (freiwillig)", "First payment on (optional)";
        show_options: "Angebote zeigen", "Show offers";
        bad_rate: "Geben Sie die Rate bitte als Betrag ein, zum Beispiel 50 oder 49,90.", "Please enter the rate as an amount, for example 50 or 49.90.";
        bad_months: "Die Laufzeit geht von 2 bis 60 Monaten.", "The term can be 2 to 60 months.";
        bad_date: "Wählen Sie bitte ein gültiges Datum.", "Please choose a valid date.";
        bad_input: "Mit diesen Angaben können wir nicht rechnen. Bitte ändern Sie sie.", "We cannot work with these details. Please change them.";

        deferral_title: "Bis wann brauchen Sie Aufschub?", "Until when do you need a deferral?";
        deferral_label: "Ich zahle alles am", "I will pay everything on";

        options_title: "Unser Angebot", "Our offer";
        options_none: "So geht es leider nicht", "Sorry, not this way";
        options_valid: "Verbindlich bis", "Binding until";
        rate_times: "Monatsraten zu", "monthly instalments of";
        one_payment: "Eine Zahlung von", "One payment of";
        on_day: "am", "on";
        from_day: "erste Zahlung", "first payment";
        until_day: "letzte Zahlung", "last payment";
        total: "Zusammen", "In total";
        of_which_cost: "davon Kosten der Vereinbarung", "of which cost of the arrangement";
        of_which_interest: "davon weitere Zinsen", "of which further interest";
        schedule: "Alle Zahlungen zeigen", "Show all payments";
        why: "Warum so?", "Why like this?";
        choose: "Dieses Angebot wählen", "Choose this offer";
        other: "Andere Rate oder Laufzeit", "Another rate or term";

        costs_title: "Was die Vereinbarung kostet", "What the arrangement costs";
        costs_confirm: "Gelesen, weiter", "I have read this, continue";
        check_title: "Bitte prüfen Sie Ihre Angaben", "Please check your answers";
        check_text: "Mit dem Knopf schließen Sie die Vereinbarung. Sie gilt sofort.",
            "The button concludes the arrangement. It holds at once.";
        accept: "Verbindlich vereinbaren", "Agree now";
        accepted_title: "Ihre Vereinbarung", "Your arrangement";
        accepted_text: "Sie gilt. Solange Sie sich daran halten, schreiben wir Ihnen nur zur Erinnerung an den nächsten Termin.",
            "It holds. While you keep to it, we only write to remind you of the next date.";
        completed_text: "Alles bezahlt. Vielen Dank!", "Everything is paid. Thank you!";
        broken_text: "Diese Vereinbarung ist beendet. Sprechen Sie uns an, wir finden einen Weg.",
            "This arrangement has ended. Please contact us, we will find a way.";
        due: "Fällig am", "Due on";
        amount: "Betrag", "Amount";
        state: "Stand", "State";
        instalment_open: "offen", "open";
        instalment_paid: "bezahlt", "paid";
        instalment_missed: "überfällig", "overdue";
        instalment_skipped: "ausgesetzt", "skipped";
        how_to_pay: "Überweisungsdaten zeigen", "Show transfer details";

        promise_title: "Wann zahlen Sie?", "When will you pay?";
        promise_date: "Ich zahle am", "I will pay on";
        promise_amount: "Betrag (leer: alles)", "Amount (empty: all of it)";
        promise_button: "Zusagen", "Promise";
        promise_bad: "Der Tag muss zwischen heute und in 30 Tagen liegen und der Betrag darf nicht über dem offenen liegen.",
            "The day must lie between today and 30 days from now, and the amount may not exceed what is open.";
        promise_running_title: "Ihre Zusage", "Your promise";
        promise_running_text: "Sie haben uns einen Zahltermin genannt. Bis dahin schreiben wir Ihnen zu dieser Rechnung nicht. Reicht die Zeit nicht, finden wir einen anderen Weg:",
            "You named a payment date. Until then we will not write to you about this invoice. If that is not enough time, we will find another way:";
        promised_title: "Danke für Ihre Zusage", "Thank you for your promise";
        promised_text: "Wir haben notiert:", "We have noted:";
        promised_silence: "Bis dahin schreiben wir Ihnen zu dieser Rechnung nicht.", "Until then we will not write to you about this invoice.";
        promised_pay: "Überweisungsdaten zeigen", "Show transfer details";
    }
}
