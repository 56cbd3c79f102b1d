//! Saying that the law or somebody shields the person.

use super::texts;

texts! {
    /// Pages about protection.
    Protections {
        title: "Was trifft auf Sie zu?", "What applies to you?";
        effect: "Ab dem Absenden fordern wir zu keiner Ihrer Rechnungen mehr etwas von Ihnen. Ein Mensch sieht es sich an. Einen Nachweis brauchen Sie jetzt nicht.",
            "From the moment you send this, we will not ask you for anything on any of your invoices. A person will look at it. You need no proof now.";
        insolvency: "Ich bin in einem Insolvenzverfahren", "I am in insolvency proceedings";
        adviser: "Eine Schuldnerberatung hilft mir", "A debt advice centre is helping me";
        lawyer: "Eine Anwältin oder ein Anwalt vertritt mich", "A lawyer represents me";
        guardian: "Es gibt eine rechtliche Betreuung: Ich werde betreut, oder ich betreue die Person",
            "There is a legal guardianship: I have a guardian, or I am the person's guardian";
        death: "Die Person, der Sie schreiben, ist verstorben", "The person you write to has died";
        file_number: "Aktenzeichen (freiwillig)", "File number (optional)";
        file_number_hint: "Vom Gericht, von der Beratungsstelle oder der Kanzlei",
            "From the court, the advice centre or the law firm";
        representative: "Mit wem sollen wir sprechen? Name und Anschrift (freiwillig)",
            "Whom should we talk to? Name and address (optional)";
        send: "Absenden", "Send";
        choose_one: "Wählen Sie bitte aus, was zutrifft.", "Please choose what applies.";
        bad_input: "Bitte kürzen Sie Ihre Angaben: je höchstens 500 Zeichen.",
            "Please shorten your details: 500 characters each at most.";

        done_title: "Wir haben es notiert", "We have noted it";
        done_text: "Ab sofort fordern wir zu keiner Ihrer Rechnungen mehr etwas von Ihnen. Ein Mensch sieht es sich an.",
            "From now on we will not ask you for anything on any of your invoices. A person will look at it.";
        done_insolvency: "Was offen ist, klären wir im Insolvenzverfahren und nicht mit Ihnen.",
            "What is open will be settled within the insolvency proceedings and not with you.";
        done_adviser: "Wir sprechen von jetzt an mit der Schuldnerberatung. Fehlt uns eine Angabe, fragen wir einmal nach.",
            "From now on we will talk to the debt advice centre. If a detail is missing, we will ask once.";
        done_lawyer: "Wir sprechen von jetzt an mit der Kanzlei. Fehlt uns eine Angabe, fragen wir einmal nach.",
            "From now on we will talk to the law firm. If a detail is missing, we will ask once.";
        done_guardian: "Wir sprechen von jetzt an mit der Betreuerin oder dem Betreuer.",
            "From now on we will talk to the guardian.";
        done_death: "Unser Beileid. Ab sofort fordern wir nichts mehr, und Sie müssen jetzt nichts tun. Wir haben es geprüft bis zum",
            "Our condolences. From now on we will not ask for anything, and you need not do anything now. We will have looked into it by";
        talk: "Möchten Sie mit einem Menschen sprechen?", "Would you like to talk to a person?";
        phone: "Telefon", "Telephone";
        email: "E-Mail", "E-mail";
        to_overview: "Zur Übersicht", "To the overview";
    }
}
