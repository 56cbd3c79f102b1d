use serde::Serialize;

/// A letter: everything on it in the words and forms of its language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Letter {
    /// Names the document across its versions.
    pub identifier: String,
    /// `de` or `en`.
    pub language: String,
    /// Who writes: the name at the head.
    pub sender: String,
    /// Its address in one line, small above the recipient.
    pub return_address: String,
    /// To whom: name and address by lines.
    pub recipient: Vec<String>,
    /// The block on the right: what, and its value.
    pub information: Vec<(String, String)>,
    /// What it is about.
    pub subject: String,
    /// How it begins.
    pub salutation: String,
    /// Paragraphs before the table.
    pub opening: Vec<String>,
    /// What is counted.
    pub table: Table,
    /// What follows the table.
    pub sections: Vec<Section>,
    /// How it ends.
    pub closing: String,
    /// Columns at the foot of each page, each by lines.
    pub footer: Vec<Vec<String>>,
    /// What the code for a banking app says (EPC069-12); empty where nothing is to be paid.
    pub code: String,
    /// Words of the form itself.
    pub labels: Labels,
}

/// A table of amounts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Table {
    /// The heads of its five columns: when, what, days, rate, amount.
    pub heads: [String; 5],
    /// Its rows.
    pub rows: Vec<Row>,
    /// Its sums.
    pub sums: Vec<Sum>,
}

/// One row of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// When: one day, or the first and the last of a period.
    pub when: Vec<String>,
    /// What it is.
    pub text: String,
    /// On what it rests and how it was found, smaller.
    pub notes: Vec<String>,
    /// How many days.
    pub days: String,
    /// At which rate.
    pub rate: String,
    /// The amount.
    pub amount: String,
    /// The sum of the rows so far, to be carried over a page's end.
    pub carried: String,
}

/// A sum below a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// Of what.
    pub name: String,
    /// How much.
    pub amount: String,
    /// Whether it is the one that counts.
    pub main: bool,
}

/// Paragraphs and points under a head.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Section {
    /// The head.
    pub head: String,
    /// Its paragraphs.
    pub paragraphs: Vec<String>,
    /// Its points.
    pub points: Vec<String>,
}

/// Words of the form itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Labels {
    /// Before the page's number: `Seite`.
    pub page: String,
    /// Between the number and the count: `von`.
    pub of: String,
    /// Before a sum carried over: `Übertrag`.
    pub carried: String,
    /// What the code is, for those who do not see it, and below it.
    pub code: String,
}
