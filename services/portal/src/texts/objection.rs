//! What a person has objected to, and our answers.

use super::texts;

texts! {
    /// Pages about objections that were raised.
    Objections {
        list_title: "Ihre Einwände", "Your objections";
        list_none: "Sie haben uns nichts gemeldet.", "You have not reported anything to us.";
        list_new: "Stimmt etwas nicht? Öffnen Sie die Rechnung und sagen Sie es uns dort.",
            "Is something wrong? Open the invoice and tell us there.";
        see: "Ansehen", "View";

        dispute: "Einwand gegen die Rechnung", "Objection to the invoice";
        wrong_person: "Falsche Person", "Wrong person";
        already_paid: "Schon bezahlt", "Already paid";
        identity_theft: "Namensmissbrauch", "Misuse of your name";

        raised_on: "Gemeldet am", "Raised on";
        about: "Rechnung", "Invoice";
        said: "Ihre Angabe", "What you said";
        words: "Ihre Worte", "Your words";
        paid_on: "Bezahlt am", "Paid on";
        paid_amount: "Bezahlter Betrag", "Amount paid";

        received: "Ihre Meldung ist da. Wir prüfen sie. Solange schreiben wir Ihnen dazu nicht.",
            "Your report has arrived. We are looking into it. Until then we will not write to you about it.";
        evidence_wanted: "Wir brauchen noch etwas von Ihnen. Solange schreiben wir Ihnen sonst nicht dazu.",
            "We need something more from you. Until then we will not write to you about anything else in this matter.";
        with_creditor: "Wir haben das Unternehmen gefragt, von dem die Rechnung ist. Solange schreiben wir Ihnen dazu nicht.",
            "We have asked the company that sent the invoice. Until then we will not write to you about it.";
        to_decide: "Alles ist da. Jetzt entscheiden wir. Solange schreiben wir Ihnen dazu nicht.",
            "Everything is there. Now we will decide. Until then we will not write to you about it.";
        upheld: "Sie hatten recht.", "You were right.";
        partly_upheld: "Sie hatten zum Teil recht.", "You were right in part.";
        rejected: "Wir sehen es anders.", "We see it differently.";

        answer: "Unsere Antwort vom", "Our answer of";
        answered_on: "Beantwortet am", "Answered on";
        answer_by: "Antwort bis", "Answer by";
        late: "Die Antwort ist überfällig. Das liegt an uns. Solange sie fehlt, schreiben wir Ihnen dazu nicht.",
            "The answer is overdue. That is our fault. While it is missing we will not write to you about it.";
        disagree: "Sie sind nicht einverstanden? Sprechen Sie mit uns, oder wenden Sie sich an die Aufsicht. Beides finden Sie hier:",
            "You do not agree? Talk to us, or turn to the supervisory authority. You will find both here:";

        open_title: "Was steht noch aus?", "What is outstanding?";
        from_you: "Von Ihnen", "From you";
        from_creditor: "Vom Unternehmen", "From the company";
        from_us: "Von uns", "From us";
        wanted_by: "bitte bis zum", "please by";
        wanted_why: "Brauchen Sie länger? Schreiben Sie uns. Nach dem Tag können wir auch ohne die Unterlagen entscheiden.",
            "Do you need longer? Write to us. After that day we may decide without the documents.";
        creditors_answer: "die Antwort auf unsere Frage, bis zum", "the answer to our question, by";
        creditor_late: "die Antwort auf unsere Frage; sie ist überfällig seit dem",
            "the answer to our question; it has been overdue since";
        our_answer: "die Antwort auf Ihre Meldung, bis zum", "the answer to your report, by";

        files_title: "Ihre Unterlagen", "Your documents";
        came_on: "angekommen am", "arrived on";
        upload_title: "Etwas hochladen", "Upload something";
        upload_text: "Ein Foto genügt. Was uns nichts angeht, dürfen Sie schwärzen.",
            "A photo is enough. You may black out whatever does not concern us.";
        upload_what: "Was zeigt die Datei?", "What does the file show?";
        upload_file: "Datei", "File";
        upload_hint: "PDF, JPEG, PNG oder reiner Text, höchstens 10 MB", "PDF, JPEG, PNG or plain text, 10 MB at most";
        upload_send: "Hochladen", "Upload";
        uploaded: "Ihre Datei ist angekommen.", "Your file has arrived.";
        no_file: "Wählen Sie bitte zuerst eine Datei aus.", "Please choose a file first.";
        too_large: "Diese Datei ist zu groß. Höchstens 10 MB sind möglich. Ein Foto mit kleinerer Auflösung genügt.",
            "This file is too large. At most 10 MB are possible. A photo of lower resolution is enough.";
        wrong_type: "Diese Datei können wir nicht annehmen. Möglich sind PDF, JPEG, PNG und reiner Text. Es zählt der Inhalt der Datei, nicht ihr Name.",
            "We cannot accept this file. PDF, JPEG, PNG and plain text are possible. What counts is what the file contains, not its name.";
        bad_input: "Das hat nicht geklappt. Bitte wählen Sie noch einmal aus, was die Datei zeigt.",
            "That did not work. Please choose again what the file shows.";
    }
}
