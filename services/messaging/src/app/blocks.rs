//! Blocks that a tenant writes: a draft until somebody else approves it.

use std::collections::BTreeMap;

use kulanz_store::Work;
use kulanz_types::BlockId;

use crate::domain::blocks::{Block, ContentError, Language, Part};
use crate::domain::catalogue::{Channel, Salutation};
use crate::domain::lint::{Finding, Severity, Text, lint};
use crate::error::Error;
use crate::store::blocks::{self, TenantBlock};

/// A block as somebody writes it.
#[derive(Debug, Clone)]
pub struct NewBlock {
    /// Part of the message.
    pub slot: String,
    /// BCP 47 language.
    pub language: String,
    /// Channels that it fits.
    pub channels: Vec<String>,
    /// Level by factor.
    pub levels: BTreeMap<String, String>,
    /// The text.
    pub body: String,
}

/// Writes a draft; tells what the linter finds.
pub async fn create(
    work: &Work,
    author: String,
    new: NewBlock,
) -> Result<(TenantBlock, Vec<Finding>), Error> {
    let block = TenantBlock {
        id: BlockId::generate(work.seeds(), work.now()),
        slot: new.slot,
        language: new.language,
        channels: new.channels,
        levels: new.levels,
        body: new.body,
        approved: false,
        author,
        approved_by: String::new(),
        approved_at: None,
        version: 1,
    };
    check(&block)?;
    let findings = findings(&block);
    blocks::save(work, &block).await?;
    Ok((block, findings))
}

/// Lets a draft be used. Four eyes: never by its author.
pub async fn approve(
    work: &Work,
    approver: String,
    id: BlockId,
    etag: &str,
) -> Result<TenantBlock, Error> {
    let found = blocks::find(work, id).await?;
    let mut block = found.ok_or_else(|| Error::NotFound(id.to_string()))?;
    if !etag.is_empty() && etag != self::etag(&block) {
        return Err(Error::EtagMismatch(id.to_string()));
    }
    if block.approved {
        return Err(Error::BlockState(id.to_string()));
    }
    if block.author == approver {
        return Err(Error::SameEyes(id.to_string()));
    }
    if findings(&block).iter().any(|one| one.severity == Severity::Blocking) {
        return Err(Error::LintFailed(id.to_string()));
    }
    block.approved = true;
    block.approved_by = approver;
    block.approved_at = Some(work.now());
    block.version += 1;
    blocks::save(work, &block).await?;
    Ok(block)
}

/// Opaque version of a block.
pub fn etag(block: &TenantBlock) -> String {
    format!("v{}", block.version)
}

/// The block as composition uses it. Its key is its id; `{{ name }}` and `{name}` mean the same.
pub fn to_library(block: &TenantBlock) -> Result<Block, Error> {
    let part = Part::parse(&block.slot)
        .ok_or_else(|| Error::Content(ContentError::UnknownPart(block.slot.clone())))?;
    let level = part.factor().and_then(|factor| block.levels.get(factor).cloned());
    let text = block.body.replace("{{ ", "{").replace(" }}", "}");
    let salutation = block.levels.get(Salutation::FACTOR).and_then(|one| Salutation::parse(one));
    let only = |wanted| (salutation == Some(wanted)).then(|| text.clone());
    Ok(Block {
        key: block.id.to_string(),
        part,
        level: level.unwrap_or_default(),
        version: u32::try_from(block.version).unwrap_or(u32::MAX),
        sie: only(Salutation::Sie),
        du: only(Salutation::Du),
        neutral: salutation.is_none().then_some(text),
    })
}

fn check(block: &TenantBlock) -> Result<(), Error> {
    let text = |problem: ContentError| Error::field("block.text", problem.to_string());
    match to_library(block) {
        Ok(usable) => usable.check().map_err(text),
        Err(Error::Content(problem)) => Err(Error::field("block.slot", problem.to_string())),
        Err(other) => Err(other),
    }
}

/// What the linter says about a block's wording; placeholders count as filled.
pub fn findings(block: &TenantBlock) -> Vec<Finding> {
    let words = block.body.replace("{{ ", "").replace(" }}", "").replace(['{', '}'], "");
    let channel = block.channels.first().and_then(|channel| Channel::parse(channel));
    let text = Text {
        subject: "",
        text: &words,
        own_words: &words,
        channel: channel.unwrap_or(Channel::Email),
        language: Language::of(&block.language),
        salutation: block.levels.get(Salutation::FACTOR).and_then(|one| Salutation::parse(one)),
        persuasive: false,
    };
    lint(&text, None)
}
