//! The documents say what the code does: reasons, events, proofs of invariants and links are
//! compared with the tree.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

fn root() -> Result<PathBuf> {
    Ok(Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the workspace folder")?.into())
}

fn document(path: &str) -> Result<String> {
    fs::read_to_string(root()?.join(path)).with_context(|| format!("cannot read {path}"))
}

/// The files below `folder` whose name ends in `suffix`, build results left out.
fn files(folder: &Path, suffix: &str, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !matches!(name.as_ref(), "target" | "node_modules") && !name.starts_with('.') {
                files(&path, suffix, found)?;
            }
        } else if name.ends_with(suffix) {
            found.push(path);
        }
    }
    Ok(())
}

/// The texts of all files of one kind below the named folders whose path passes through `room`.
fn texts(folders: &[&str], room: &str, suffix: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for folder in folders {
        files(&root()?.join(folder), suffix, &mut found)?;
    }
    found.retain(|path| path.iter().any(|part| part == room) || room.is_empty());
    found.iter().map(|path| Ok(fs::read_to_string(path)?)).collect()
}

/// What stands between back-quotes in the first cell of each table row.
fn first_cells(markdown: &str) -> BTreeSet<String> {
    markdown
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// The reasons in a source text that knows of faults: every `TWO_WORDS` literal, and single words
/// where they stand behind their code, `Code::Internal, "INTERNAL"`.
fn reasons(source: &str) -> BTreeSet<String> {
    let production = source.split("#[cfg(test)]").next().unwrap_or_default();
    if !production.contains("Fault") {
        return BTreeSet::new();
    }
    let mut pieces = production.split('"');
    let mut found = BTreeSet::new();
    while let (Some(before), Some(literal)) = (pieces.next(), pieces.next()) {
        let before = before.trim_end();
        let behind_code = before.ends_with(',')
            && before
                .rsplit("Code::")
                .next()
                .is_some_and(|code| is_word(code.trim_end_matches(',')));
        if is_reason(literal) && (literal.contains('_') || behind_code) {
            found.insert(literal.to_owned());
        }
    }
    found
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(char::is_alphanumeric)
}

fn is_reason(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_uppercase())
        && text.chars().all(|letter| letter.is_ascii_uppercase() || "_0123456789".contains(letter))
}

#[test]
fn every_reason_of_an_error_stands_in_the_catalogue_and_no_other() -> Result<()> {
    let catalogue = first_cells(&document("docs/errors.md")?);
    let sources = texts(&["crates", "services"], "src", ".rs")?;
    let code: BTreeSet<String> = sources.iter().flat_map(|text| reasons(text)).collect();
    ensure!(code.len() > 5, "the sources were not found");
    assert_eq!(
        code.difference(&catalogue).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "undocumented"
    );
    let sources = sources.concat();
    for reason in catalogue {
        assert!(sources.contains(&format!("\"{reason}\"")), "{reason} is not in the code");
    }
    Ok(())
}

#[test]
fn every_event_of_the_contracts_stands_in_the_catalogue_and_no_other() -> Result<()> {
    let catalogue = first_cells(&document("docs/events.md")?);
    let contracts: BTreeSet<String> = texts(&["proto/kulanz/events"], "", ".proto")?
        .iter()
        .flat_map(|text| text.lines())
        .filter_map(|line| {
            Some(line.strip_prefix("message ")?.split_whitespace().next()?.to_owned())
        })
        .collect();
    assert_eq!(catalogue, contracts);
    Ok(())
}

#[test]
fn the_listeners_of_each_event_are_those_that_subscribe() -> Result<()> {
    let events = document("docs/events.md")?;
    let names = first_cells(&events);
    let mut documented = BTreeSet::new();
    for row in events.lines().filter(|line| line.starts_with("| `")) {
        let event = row.split('`').nth(1).context("an event")?;
        let listeners = row.trim_end_matches([' ', '|']).rsplit('|').next().unwrap_or_default();
        let parts =
            listeners.split(';').map(|part| part.split(':').next().unwrap_or_default().trim());
        documented.extend(
            parts.filter(|part| !part.starts_with("nobody")).map(|part| format!("{part} {event}")),
        );
    }
    let mut subscribed = BTreeSet::new();
    for service in ["claims", "personas", "messaging", "payments", "experimentation"] {
        for source in texts(&[&format!("services/{service}/src")], "", ".rs")? {
            if source.contains("fn subscriptions(") {
                let literals = source.split('"').filter(|literal| names.contains(*literal));
                subscribed.extend(literals.map(|event| format!("{service} {event}")));
            }
        }
    }
    assert_eq!(documented, subscribed);
    Ok(())
}

#[test]
fn every_proof_of_an_invariant_is_a_test() -> Result<()> {
    let sources = texts(&["crates", "services", "tests", "proto"], "", ".rs")?.concat();
    let invariants = document("docs/invariants.md")?;
    let proofs: Vec<&str> = invariants
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- `")?.strip_suffix('`'))
        .collect();
    ensure!(!proofs.is_empty(), "no proofs are named");
    for proof in proofs {
        assert!(sources.contains(&format!("fn {proof}(")), "no test is called {proof}");
    }
    Ok(())
}

#[test]
fn every_link_between_documents_leads_somewhere() -> Result<()> {
    let mut documents = Vec::new();
    files(&root()?, ".md", &mut documents)?;
    for path in documents {
        let text = fs::read_to_string(&path)?;
        let targets = text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with('#')) {
            let file = target.split('#').next().unwrap_or_default();
            let place = path.parent().context("a folder")?.join(file);
            assert!(place.exists(), "{}: {target}", path.display());
        }
    }
    Ok(())
}
