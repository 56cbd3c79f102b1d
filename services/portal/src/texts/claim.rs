//! A claim: overview, statement, payment.

use super::texts;

texts! {
    /// Pages about a claim.
    Claims {
        greeting: "Guten Tag,", "Hello";
        overview_title: "Ihre Rechnungen", "Your invoices";
        overview_total: "Zusammen offen:", "Open in total:";
        overview_none: "Es ist nichts offen.", "Nothing is open.";
        owed_to: "Rechnung von", "Invoice from";
        open_amount: "Offener Betrag", "Amount open";
        invoice: "Rechnung", "Invoice";
        invoice_date: "Rechnungsdatum", "Invoice date";
        due_since: "Fällig seit", "Due since";
        for_what: "Wofür", "For";
        case: "Aktenzeichen", "Case";
        see: "Ansehen", "View";
        choose: "Wie möchten Sie vorgehen?", "How would you like to proceed?";
        pay_now: "Jetzt bezahlen", "Pay now";
        pay_now_hint: "Überweisung, auch per QR-Code", "Bank transfer, also by QR code";
        instalments: "In Raten", "In instalments";
        instalments_hint: "Sofort verbindlich, Sie wählen die Rate", "Binding at once, you choose the rate";
        later: "Später oder Hilfe", "Later or help";
        later_hint: "Aufschub, Zusage, Beratung", "Deferral, promise, advice";
        more: "Oder stimmt etwas nicht?", "Or is something wrong?";
        statement: "Aufstellung ansehen", "See the statement";
        already_paid: "Ich habe schon bezahlt", "I have already paid";
        dispute: "Ich bestreite die Forderung", "I dispute the claim";
        wrong_person: "Ich bin die falsche Person", "I am the wrong person";
        protection: "Insolvenz, Schuldnerberatung, Betreuung oder ein Todesfall",
            "Insolvency, debt advice, guardianship or a death";
        objections: "Ihre Einwände und unsere Antworten", "Your objections and our answers";
        state_settled: "Bezahlt. Vielen Dank!", "Paid. Thank you!";
        state_closed: "Dieser Vorgang ist abgeschlossen.", "This case is closed.";
        state_arranged: "Für diese Rechnung läuft eine Vereinbarung oder eine Zusage von Ihnen.",
            "An arrangement or a promise of yours is running for this invoice.";
        state_disputed: "Wir prüfen Ihren Einwand. Solange schreiben wir Ihnen nicht.",
            "We are looking into your objection. Until then we will not write to you.";
        state_on_hold: "Wir prüfen etwas zu dieser Rechnung. Solange schreiben wir Ihnen nicht.",
            "We are checking something about this invoice. Until then we will not write to you.";
        state_protected: "Sie sind geschützt oder vertreten. Wir fordern zu dieser Rechnung nichts von Ihnen. Ein Mensch kümmert sich darum.",
            "You are protected or represented. We will not ask you for anything on this invoice. A person is taking care of it.";
        see_arrangement: "Vereinbarung oder Zusage ansehen", "See the arrangement or promise";

        statement_title: "Aufstellung", "Statement";
        statement_pdf: "Als Brief herunterladen (PDF)", "Download as a letter (PDF)";
        as_of: "Stand", "As of";
        line: "Posten", "Item";
        amount: "Betrag", "Amount";
        days: "Tage", "days";
        total: "Zu zahlen", "To pay";
        per_day: "Mit jedem weiteren Tag kommen an Zinsen hinzu:", "Interest added with each further day:";
        provisional: "Vorläufig: Für spätere Tage ist der Zinssatz noch nicht bekannt; wir rechnen mit dem letzten. Dies gilt ab",
            "Provisional: the rate for later days is not known yet; we use the latest. This applies from";

        pay_title: "Jetzt bezahlen", "Pay now";
        pay_qr: "Öffnen Sie Ihre Banking-App, wählen Sie „Foto-Überweisung“ oder „QR-Code“ und scannen Sie:",
            "Open your banking app, choose “scan QR code” and scan:";
        pay_qr_label: "QR-Code mit allen Angaben der Überweisung", "QR code with all details of the transfer";
        pay_qr_phone: "Auf demselben Telefon: Bildschirmfoto machen und in der Banking-App öffnen.",
            "On the same phone: take a screenshot and open it in your banking app.";
        pay_sum: "Betrag in Euro", "Amount in euros";
        pay_fields: "Oder überweisen Sie mit diesen Angaben", "Or make a transfer with these details";
        pay_copy: "Zum Kopieren in ein Feld tippen und den Inhalt auswählen.", "To copy, tap a field and select its content.";
        holder: "Empfänger", "Payee";
        holder_hint: "Ihre Bank zeigt diesen Namen als Empfänger.", "Your bank shows this name as the payee.";
        iban: "IBAN", "IBAN";
        bic: "BIC", "BIC";
        reference: "Verwendungszweck", "Reference";
        reference_hint: "Bitte genau so: Damit ordnen wir die Zahlung sofort zu.",
            "Please use exactly this, so that we can book your payment at once.";
        pay_none: "Diese Rechnung kann gerade nicht online bezahlt werden. Sprechen Sie uns bitte an.",
            "This invoice cannot be paid online right now. Please contact us.";
        pay_promise: "Sagen Sie uns, wann Sie zahlen. Dann schreiben wir bis dahin nicht.",
            "Tell us when you will pay and we will not write until then.";
        pay_promise_button: "Zahltermin nennen", "Name a payment date";
    }
}
