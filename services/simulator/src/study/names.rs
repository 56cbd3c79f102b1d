use std::fmt;
use std::str::FromStr;

/// A policy that can be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyName {
    /// Static dunning on days 0, 7, 14, 21 and 28.
    Static,
    /// The best fixed sequence of a search on a pilot.
    BestFixed,
    /// Segment rules of an expert.
    Expert,
    /// Every level by chance.
    Random,
    /// Knows the truth; greedy.
    Oracle,
    /// Learns, for everybody from the first day.
    Learned,
    /// Learns, let in step by step beside static dunning, with a permanent hold-out.
    LearnedRamp,
}

impl PolicyName {
    /// Every policy, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::Static,
        Self::BestFixed,
        Self::Expert,
        Self::Random,
        Self::Oracle,
        Self::Learned,
        Self::LearnedRamp,
    ];

    /// Its name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::BestFixed => "best-fixed",
            Self::Expert => "expert",
            Self::Random => "random",
            Self::Oracle => "oracle",
            Self::Learned => "learned",
            Self::LearnedRamp => "learned-ramp",
        }
    }
}

impl fmt::Display for PolicyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for PolicyName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|policy| policy.name() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            format!("{text} is no policy; known are {known}")
        })
    }
}
