//! Help, contact preferences, authenticity.

use super::texts;

texts! {
    /// Pages beside the claim.
    Services {
        help_title: "Hilfe und Kontakt", "Help and contact";
        help_text: "Wir sind ein registrierter Inkassodienstleister. So erreichen Sie uns:",
            "We are a registered debt collection service. This is how to reach us:";
        phone: "Telefon", "Telephone";
        email: "E-Mail", "E-mail";
        address: "Anschrift", "Address";
        register: "Registernummer", "Register number";
        authority: "Aufsichtsbehörde", "Supervisory authority";
        privacy: "Datenschutz", "Privacy";

        messages_title: "Unsere Nachrichten an Sie", "Our messages to you";
        messages_none: "Wir haben Ihnen noch nichts geschrieben.", "We have not written to you yet.";
        messages_read: "Lesen", "Read";

        preferences_title: "Wie dürfen wir Sie erreichen?", "How may we reach you?";
        refused: "Darüber bitte nicht", "Please do not use";
        channel_email: "E-Mail", "E-mail";
        channel_sms: "SMS", "Text message";
        channel_letter: "Brief", "Letter";
        channel_phone: "Telefon", "Telephone";
        channel_whatsapp: "WhatsApp", "WhatsApp";
        letter_hint: "Was das Gesetz verlangt, schicken wir notfalls trotzdem als Brief.",
            "What the law requires we may still send as a letter.";
        paused: "Pause bis einschließlich (freiwillig)", "Pause up to and including (optional)";
        from_hour: "Nicht vor (Uhr, freiwillig)", "Not before (hour, optional)";
        until_hour: "Nicht nach (Uhr, freiwillig)", "Not after (hour, optional)";
        save: "Speichern", "Save";
        saved: "Gespeichert. Es gilt ab sofort.", "Saved. It applies from now on.";
        bad: "Prüfen Sie bitte Uhrzeiten (0 bis 24) und Datum.", "Please check hours (0 to 24) and date.";

        verify_title: "Ist diese Nachricht echt?", "Is this message genuine?";
        verify_text: "Jede unserer Nachrichten trägt einen Prüfcode. Geben Sie ihn ein, und wir sagen Ihnen, ob sie von uns ist.",
            "Each of our messages carries a code. Enter it and we will tell you whether it is from us.";
        code: "Prüfcode", "Code";
        check: "Prüfen", "Check";
        code_missing: "Geben Sie bitte den Code ein.", "Please enter the code.";
        genuine: "Ja, diese Nachricht ist von uns.", "Yes, this message is from us.";
        not_genuine: "Diesen Code kennen wir nicht. Klicken Sie in der Nachricht nichts an, zahlen Sie nichts, und vergewissern Sie sich zuerst, ob Sie richtig getippt haben.",
            "We do not know this code. Do not click anything in the message, do not pay, and first make sure you typed it correctly.";
        sender: "Absender", "Sender";
        sent_on: "Gesendet am", "Sent on";
        sent_by: "Gesendet per", "Sent by";
    }
}
