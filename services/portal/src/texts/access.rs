//! Following a link and opening it.

use super::texts;

texts! {
    /// Pages before the session.
    Access {
        home_title: "Ihre Zahlungsseite", "Your payment page";
        home_text: "Öffnen Sie bitte den Link aus unserer Nachricht. Er führt Sie zu Ihren Unterlagen.",
            "Please open the link in our message. It leads you to your documents.";
        home_verify: "Sie möchten prüfen, ob eine Nachricht wirklich von uns ist?",
            "Would you like to check whether a message really is from us?";
        start_title: "Guten Tag", "Welcome";
        start_text: "Hinter diesem Link liegen persönliche Unterlagen. Damit nur Sie sie sehen, fragen wir zuerst etwas, das nur Sie wissen.",
            "This link leads to personal documents. So that only you can see them, we first ask for something only you know.";
        start_button: "Weiter", "Continue";
        start_cookies: "Diese Seite braucht ein Cookie für die Zeit Ihres Besuchs. Weitere verwenden wir nicht.",
            "This page needs one cookie during your visit. We use no others.";
        not_me: "Ich bin nicht die angeschriebene Person", "I am not the person you wrote to";
        birth_title: "Wann sind Sie geboren?", "When were you born?";
        birth_hint: "Zum Beispiel 27 3 1984", "For example 27 3 1984";
        day: "Tag", "Day";
        month: "Monat", "Month";
        year: "Jahr", "Year";
        postcode_title: "Wie lautet Ihre Postleitzahl?", "What is your postcode?";
        postcode_label: "Postleitzahl der Anschrift auf unserer Nachricht", "Postcode of the address on our message";
        with_postcode: "Stattdessen mit der Postleitzahl öffnen", "Use your postcode instead";
        with_birth_date: "Stattdessen mit dem Geburtsdatum öffnen", "Use your date of birth instead";
        open: "Öffnen", "Open";
        wrong: "Die Angabe passt nicht zu diesem Link. Nach mehreren Versuchen wird er zu Ihrem Schutz gesperrt.",
            "This does not match the link. After several attempts it is locked for your protection.";
        not_a_date: "Geben Sie bitte Tag, Monat und Jahr als Zahlen ein.", "Please enter day, month and year as numbers.";
        not_a_postcode: "Geben Sie bitte die Postleitzahl ein.", "Please enter the postcode.";
        signed_out_title: "Sie sind abgemeldet", "You are signed out";
        signed_out_text: "Auf diesem Gerät ist nichts von Ihren Unterlagen geblieben.",
            "Nothing of your documents remains on this device.";
    }
}
