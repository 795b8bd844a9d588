//! Tables of players that have met.

use crate::score::{Paired, Score, Spread};

/// Two players that are to meet, each by name or description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// One.
    pub x: String,
    /// The other.
    pub y: String,
}

/// The meetings of docs/PLAYERS.md: what is known of the game, then what each part of a strong player gives, then that player.
pub const MEETINGS: &[[&str; 2]] = &[
    ["p-make 50", "greedy 50"],
    ["p-make 50", "p-make 10"],
    ["p-make 200", "p-make 50"],
    ["p-make 200", "p-make 10"],
    ["p-make 50 posterior=contract", "p-make 50"],
    ["p-make 200 posterior=contract", "p-make 50"],
    ["p-make 50 posterior=contract,plays:tau:16,beta:0.2,last:8", "p-make 50 posterior=contract"],
    // More worlds when they are cheap; E[Q] where moves are not told apart; E[Q] among equals against none.
    ["p-make 50 from=2 200 from=4 1000", "p-make 50"],
    ["indifferent-p-make:1 50", "p-make 50"],
    ["p-make 50", "p-make 50 evaluator=contract"],
    ["strong", "p-make 50"],
];

impl Meeting {
    /// Those of docs/PLAYERS.md.
    pub fn known() -> Vec<Self> {
        MEETINGS.iter().map(|[x, y]| Self { x: (*x).to_owned(), y: (*y).to_owned() }).collect()
    }

    /// Reads a list: a line `X | Y` for each, blank ones and what follows `#` left out.
    ///
    /// # Errors
    /// One sentence for the first line that is none.
    pub fn read(text: &str) -> Result<Vec<Self>, String> {
        let mut all = Vec::new();
        for (n, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            match line.split('|').map(str::trim).collect::<Vec<_>>()[..] {
                [x, y] if !x.is_empty() && !y.is_empty() => {
                    all.push(Self { x: x.to_owned(), y: y.to_owned() });
                }
                _ => return Err(format!("line {}: expected two players, `X | Y`, got `{line}`", n + 1)),
            }
        }
        if all.is_empty() { Err("expected a line `X | Y` for each meeting".to_owned()) } else { Ok(all) }
    }

    /// A name for its files: what is no letter or digit becomes one dash.
    pub fn file_stem(&self) -> String {
        let word = |text: &str| {
            let parts = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.');
            parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
        };
        format!("{}--{}", word(&self.x), word(&self.y))
    }
}

/// The table in Markdown, a row for each meeting.
pub fn markdown(rows: &[(Meeting, Score)]) -> String {
    let mut table = String::from(
        "| X | Y | pairs | made X / Y | only X / only Y | z | p | points |\n|---|---|---|---|---|---|---|---|\n",
    );
    for (Meeting { x, y }, score) in rows {
        let Paired { pairs, x: made_x, y: made_y, only_x, only_y, z, p, .. } = &score.contracts;
        let [pairs, made_x, made_y, only_x, only_y] =
            [*pairs, made_x.count, made_y.count, *only_x, *only_y].map(in_thousands);
        let strong = if *p < 0.05 { "**" } else { "" };
        let Spread { mean, interval: [low, high], .. } = score.points;
        let [mean, low, high] = [mean, low, high].map(|it| signed(it, 2));
        let z = signed(*z, 1);
        let p = probability(*p);
        table += &format!(
            "| `{x}` | `{y}` | {pairs} | {made_x} / {made_y} | {only_x} / {only_y} | {strong}{z}{strong} | {p} | {mean} ({low} to \
             {high}) |\n"
        );
    }
    table
}

const BEGIN: &str = "<!-- the table of `boneyard arena --table` begins -->";
const END: &str = "<!-- the table ends -->";

/// The document with the table in place of what is between its two markers.
///
/// # Errors
/// One sentence, for a document without them.
pub fn placed(document: &str, table: &str) -> Result<String, String> {
    let begun = document.find(BEGIN).map(|at| at + BEGIN.len());
    let parts = begun.and_then(|begun| Some((begun, begun + document[begun..].find(END)?)));
    let (begun, end) = parts.ok_or_else(|| format!("expected the lines `{BEGIN}` and `{END}`"))?;
    Ok(format!("{}\n\n{}\n\n{}", &document[..begun], table.trim(), &document[end..]))
}

/// `6,000`.
fn in_thousands(n: u64) -> String {
    if n < 1000 { n.to_string() } else { format!("{},{:03}", in_thousands(n / 1000), n % 1000) }
}

/// With its sign, a true minus.
fn signed(number: f64, digits: usize) -> String {
    format!("{number:+.digits$}").replace('-', "−")
}

/// `0.010`, `7 × 10⁻⁷`.
fn probability(p: f64) -> String {
    if p >= 0.0995 {
        return format!("{p:.2}");
    }
    if p >= 0.000_995 {
        return format!("{p:.3}");
    }
    let text = format!("{p:.0e}");
    let (digit, power) = text.split_once('e').expect("a number with an exponent");
    let raised = |c: char| match c {
        '-' => '⁻',
        digit => ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][digit as usize - '0' as usize],
    };
    format!("{digit} × 10{}", power.chars().map(raised).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PlayerSpec;
    use std::collections::BTreeSet;

    #[test]
    fn known_meetings_are_of_players_and_have_files_of_their_own() {
        let known = Meeting::known();
        let stems: BTreeSet<String> = known.iter().map(Meeting::file_stem).collect();
        assert_eq!(stems.len(), known.len());
        for Meeting { x, y } in &known {
            [x, y].into_iter().for_each(|text| drop(text.parse::<PlayerSpec>().expect(text)));
        }
        assert!(stems.contains("p-make-50--greedy-50"), "{stems:?}");
    }

    #[test]
    fn lists_are_read() {
        let read = Meeting::read("# a list\n\np-make 5 | greedy 5 # they met\n strong|quick\n").unwrap();
        assert_eq!(read[1], Meeting { x: "strong".to_owned(), y: "quick".to_owned() });
        assert_eq!(read.len(), 2);
        for (text, said) in
            [("", "a line `X | Y`"), ("a | b\nc", "line 2: expected two"), ("a || b", "line 1")]
        {
            assert!(Meeting::read(text).unwrap_err().contains(said), "{text}");
        }
    }

    #[test]
    fn numbers_are_set_as_in_print() {
        let all = [0, 999, 1000, 1_234_567].map(in_thousands);
        assert_eq!(all, ["0", "999", "1,000", "1,234,567"]);
        let all = [1.0, 0.0999, 0.0101, 0.00052, 7.4e-7, 1.2e-18].map(probability);
        assert_eq!(all, ["1.00", "0.10", "0.010", "5 × 10⁻⁴", "7 × 10⁻⁷", "1 × 10⁻¹⁸"]);
        assert_eq!([signed(-0.444, 2), signed(5.0, 1)], ["−0.44", "+5.0"]);
    }

    #[test]
    fn tables_go_between_markers() {
        let document = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let placed = super::placed(&document, "| new |\n").unwrap();
        assert_eq!(placed, format!("before\n{BEGIN}\n\n| new |\n\n{END}\nafter\n"));
        assert_eq!(super::placed(&placed, "| new |").unwrap(), placed);
        assert!(super::placed("nothing", "").unwrap_err().contains("expected the lines"));
        let meeting = Meeting { x: "strong".to_owned(), y: "quick".to_owned() };
        let row = markdown(&[(meeting, Score::of(&[]))]);
        assert!(
            row.ends_with(
                "| `strong` | `quick` | 0 | 0 / 0 | 0 / 0 | +0.0 | 1.00 | +0.00 (+0.00 to +0.00) |\n"
            ),
            "{row}"
        );
    }
}
