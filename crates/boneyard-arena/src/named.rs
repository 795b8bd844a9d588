//! Players by name.

/// A player that has a name: it is short for a description, and says no more than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedPlayer {
    /// Its name.
    pub name: &'static str,
    /// What it stands for.
    pub description: &'static str,
    /// What it is good for, in a sentence.
    pub about: &'static str,
}

/// All of them.
pub const PLAYERS: &[NamedPlayer] = &[
    NamedPlayer {
        name: "strong",
        description: "p-make 200 posterior=contract,plays:tau:16,beta:0.2,last:8",
        about: "The strongest that answers within a second on one core; it takes the bidder to have declared its longest suit, and good plays for likelier.",
    },
    NamedPlayer {
        name: "quick",
        description: "p-make 10 evaluator=contract",
        about: "Some hundred answers a second on one core; plays hands out in bids.",
    },
];

/// The one of this name.
pub fn named(name: &str) -> Option<&'static NamedPlayer> {
    PLAYERS.iter().find(|player| player.name == name)
}

/// A line for each, for help.
pub fn listed() -> String {
    let lines: Vec<String> = PLAYERS
        .iter()
        .map(|it| format!("  {:<8} {}\n           is `{}`", it.name, it.about, it.description))
        .collect();
    format!("Players by name:\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PlayerSpec;

    #[test]
    fn names_stand_for_their_descriptions() {
        for player in PLAYERS {
            let spec: PlayerSpec = player.name.parse().unwrap();
            assert_eq!(spec, player.description.parse().unwrap());
            assert_eq!(spec.to_string().parse::<PlayerSpec>().unwrap(), spec);
            assert!(player.about.ends_with('.') && listed().contains(player.name));
            // A name that is a part's would be read as that.
            assert!(player.name.parse::<boneyard::strategies::policy::PolicySpec>().is_err());
        }
        let error = "strong 50".parse::<PlayerSpec>().unwrap_err().to_string();
        assert!(error.contains("`strong` is `p-make"), "{error}");
    }
}
