//! The frame of every page and the pages that say why there is no other.

use super::texts;

texts! {
    /// The frame of every page.
    Frame {
        skip: "Zum Inhalt springen", "Skip to content";
        back: "Zurück", "Back";
        home: "Übersicht", "Overview";
        problem: "Bitte prüfen:", "Please check:";
        footer_label: "Weitere Seiten", "More pages";
        verify: "Ist diese Nachricht echt?", "Is this message genuine?";
        help: "Hilfe und Kontakt", "Help and contact";
        messages: "Nachrichten", "Messages";
        objections: "Einwände", "Objections";
        preferences: "Kontakt einstellen", "Contact preferences";
        sign_out: "Abmelden", "Sign out";
        language_label: "Sprache", "Language";
        site: "Ihre Zahlungsseite", "Your payment page";
    }
}

texts! {
    /// Why a page cannot be shown, and what to do about it.
    Problems {
        session_title: "Ihre Sitzung ist beendet", "Your session has ended";
        session_text: "Zu Ihrer Sicherheit endet der Zugang nach 15 Minuten. Öffnen Sie bitte noch einmal den Link aus unserer Nachricht.",
            "For your security, access ends after 15 minutes. Please open the link in our message again.";
        link_title: "Dieser Link ist nicht gültig", "This link is not valid";
        link_text: "Vielleicht fehlt ein Stück. Kopieren Sie bitte den ganzen Link aus unserer Nachricht in die Adresszeile.",
            "A part may be missing. Please copy the whole link from our message into the address bar.";
        expired_title: "Dieser Link ist abgelaufen", "This link has expired";
        expired_text: "Links gelten nur für begrenzte Zeit. In unserer neuesten Nachricht finden Sie einen gültigen. Sie können uns auch anrufen oder schreiben.",
            "Links are valid for a limited time. You will find a valid one in our latest message. You can also call or write to us.";
        locked_title: "Der Zugang ist gesperrt", "Access is locked";
        locked_text: "Die Angaben haben mehrmals nicht gepasst. Zu Ihrem Schutz ist dieser Link gesperrt. Rufen Sie uns bitte an oder schreiben Sie uns.",
            "The details did not match several times. For your protection this link is locked. Please call or write to us.";
        form_title: "Dieses Formular gilt nicht mehr", "This form is no longer valid";
        form_text: "Es wurde nichts gesendet. Gehen Sie bitte zurück, laden Sie die Seite neu und versuchen Sie es noch einmal.",
            "Nothing was sent. Please go back, reload the page and try again.";
        missing_title: "Diese Seite gibt es nicht", "There is no such page";
        missing_text: "Prüfen Sie bitte die Adresse oder öffnen Sie den Link aus unserer Nachricht.",
            "Please check the address or open the link in our message.";
        closed_title: "Das ist hier nicht mehr nötig", "This is no longer needed";
        closed_text: "Der Vorgang ist abgeschlossen oder wird gerade geprüft. Den Stand sehen Sie in der Übersicht.",
            "The case is closed or being reviewed. You can see where it stands in the overview.";
        arranged_title: "Es gibt schon eine Vereinbarung", "There already is an arrangement";
        arranged_text: "Sie sehen sie in der Übersicht. Möchten Sie etwas ändern, sprechen Sie uns bitte an.",
            "You can see it in the overview. If you would like to change something, please contact us.";
        quote_title: "Dieses Angebot gilt nicht mehr", "This offer no longer holds";
        quote_text: "Inzwischen hat sich etwas geändert, zum Beispiel ist eine Zahlung eingegangen. Lassen Sie sich bitte ein neues Angebot zeigen.",
            "Something has changed meanwhile, for example a payment came in. Please ask for a new offer.";
        impossible_title: "Das geht so leider nicht", "Sorry, that is not possible";
        impossible_text: "Es wurde nichts geändert. Versuchen Sie es bitte auf anderem Weg oder sprechen Sie uns an.",
            "Nothing was changed. Please try another way or contact us.";
        down_title: "Gerade nicht erreichbar", "Not available right now";
        down_text: "Das liegt an uns. Versuchen Sie es bitte in einigen Minuten noch einmal. Was Sie schon gesendet haben, ist nicht verloren.",
            "This is our fault. Please try again in a few minutes. What you have already sent is not lost.";
        to_overview: "Zur Übersicht", "To the overview";
    }
}
