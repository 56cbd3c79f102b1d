//! Saying that something is wrong.

use super::texts;

texts! {
    /// Pages for objections.
    Reports {
        dispute_title: "Was stimmt nicht?", "What is wrong?";
        dispute_text: "Ab dem Absenden schreiben wir Ihnen zu dieser Rechnung nicht mehr, bis wir geantwortet haben.",
            "From the moment you send this, we will not write to you about this invoice until we have answered.";
        not_ordered: "Ich habe nichts bestellt", "I did not order anything";
        not_delivered: "Ich habe nichts erhalten", "Nothing arrived";
        defective: "Die Ware oder Leistung war mangelhaft", "The goods or service were faulty";
        returned: "Ich habe widerrufen oder zurückgeschickt", "I revoked or returned it";
        wrong_amount: "Der Betrag stimmt nicht", "The amount is wrong";
        identity_theft: "Jemand hat meinen Namen benutzt", "Someone used my name";
        time_barred: "Das ist verjährt", "It is time-barred";
        other: "Etwas anderes", "Something else";
        explanation: "Was sollen wir wissen? (freiwillig)", "What should we know? (optional)";
        send: "Absenden", "Send";
        choose_one: "Wählen Sie bitte aus, was nicht stimmt.", "Please choose what is wrong.";
        bad_input: "Bitte prüfen Sie Ihre Angaben.", "Please check your details.";
        disputed_title: "Wir prüfen das", "We will look into it";
        disputed_text: "Ihr Einwand ist angekommen. Solange wir prüfen, schreiben wir Ihnen zu dieser Rechnung nicht. Sie bekommen unsere Antwort bis zum",
            "Your objection has arrived. While we look into it we will not write to you about this invoice. You will have our answer by";

        paid_title: "Wann haben Sie bezahlt?", "When did you pay?";
        paid_text: "Wir suchen Ihre Zahlung. Solange schreiben wir Ihnen nicht.", "We will look for your payment. Until then we will not write to you.";
        paid_on: "Datum der Zahlung (freiwillig)", "Date of payment (optional)";
        paid_amount: "Betrag (freiwillig)", "Amount (optional)";
        paid_how: "An wen und wie? (freiwillig)", "To whom and how? (optional)";
        paid_done_title: "Danke für den Hinweis", "Thank you for telling us";
        paid_done_text: "Wir suchen Ihre Zahlung und schreiben Ihnen solange nicht. Sie hören von uns bis zum",
            "We will look for your payment and will not write to you until then. You will hear from us by";

        wrong_title: "Sie sind nicht gemeint?", "Not meant for you?";
        wrong_text: "Sagen Sie uns, was zutrifft. Wir schreiben dann nicht mehr an diese Adresse, bis es geklärt ist. Sie müssen nichts über sich angeben.",
            "Tell us what applies. We will then no longer write to this address until it is cleared up. You need not tell us anything about yourself.";
        wrong_not_me: "Ich bin nicht diese Person", "I am not this person";
        wrong_contact: "Diese E-Mail-Adresse oder Nummer gehört jetzt mir", "This e-mail address or number now belongs to me";
        wrong_moved: "Die Person wohnt hier nicht mehr", "The person no longer lives here";
        wrong_deceased: "Die Person ist verstorben", "The person has died";
        wrong_identity: "Jemand hat meinen Namen benutzt", "Someone used my name";
        wrong_done_title: "Danke, das hilft uns", "Thank you, that helps us";
        wrong_done_text: "Wir schreiben ab sofort nicht mehr an diese Adresse, bis es geklärt ist. Wir prüfen das bis zum",
            "From now on we will not write to this address until it is cleared up. We will have looked into it by";
        show_something: "Haben Sie etwas, das es zeigt? Sie können es jetzt oder später hochladen:",
            "Do you have something that shows it? You can upload it now or later:";
        upload: "Stand ansehen und Unterlagen hochladen", "See where it stands and upload documents";
        to_overview: "Zur Übersicht", "To the overview";
    }
}
