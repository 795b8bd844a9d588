//! Random bytes, random JSON and damaged positions: no panic, one object a line, and what is good is answered.
//!
//! 2,000 cases a test; the environment variable `BONEYARD_FUZZ_CASES` sets another number, 100,000 in the
//! nightly-sized suite.

use super::{answers_to, command, position_of, view_of, without_question};
use boneyard::rules::{Deal, Declaration, Game, Seat, tiles_of};
use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::{Value, json};

const COMMANDS: [&str; 7] = [
    "deal",
    "legal",
    "worlds",
    "worlds --draw 3 --sampler first-fit+backtracking",
    "solve",
    "evaluate --samples 2 --restarts 2",
    "tokens",
];

const NAMES: [&str; 13] = [
    "seed",
    "hands",
    "hand",
    "seat",
    "declaration",
    "trump",
    "leader",
    "plays",
    "bid",
    "bidder",
    "sizes",
    "id",
    "",
];

fn config() -> ProptestConfig {
    let cases = std::env::var("BONEYARD_FUZZ_CASES").map_or(2_000, |cases| cases.parse().expect("a number"));
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// All commands on some input; each error is one line of bounded length.
fn all_commands(input: &[u8]) -> Vec<Vec<Value>> {
    let answers = COMMANDS.map(|line| answers_to(&command(line).unwrap(), input));
    for error in answers.iter().flatten().filter_map(|answer| answer.get("error")) {
        let sentence = error.as_str().expect("a sentence");
        assert!(!sentence.contains('\n') && (10..400).contains(&sentence.chars().count()), "{sentence}");
    }
    answers.into()
}

/// Most positions late, because early ones take the solver longer.
fn game() -> impl Strategy<Value = Game> {
    let n_plays = prop_oneof![1 => 0..8usize, 12 => 8..28usize, 1 => Just(28)];
    (any::<u64>(), 0..10u64, 0..4u64, n_plays, vec(any::<Index>(), 28)).prop_map(
        |(seed, declaration, leader, n_plays, picks)| {
            let declaration = Declaration::new(declaration).unwrap();
            let mut game = Game::new(Deal::from_seed(seed), declaration, Seat::new(leader).unwrap());
            for pick in &picks[..n_plays] {
                let legal = game.legal();
                let pick = pick.index(legal.count_ones() as usize);
                game.play(tiles_of(legal).nth(pick).unwrap()).unwrap();
            }
            game
        },
    )
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..30i64).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|x| json!(x)),
        ".{0,70}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 60, 8, |inner| {
        let name =
            prop_oneof![4 => proptest::sample::select(NAMES.to_vec()).prop_map(String::from), 1 => ".{0,9}"];
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Value::from),
            vec((name, inner), 0..8)
                .prop_map(|fields| Value::from(fields.into_iter().collect::<serde_json::Map<_, _>>())),
        ]
    })
}

/// One way to spoil a question.
#[derive(Clone, Debug)]
enum Damage {
    Swap(Index, Index, Index, Index),
    Repeat(Index, Index, Index, Index),
    Drop(Index, Index),
    Add(Index, Index, Value),
    Replace(Index, Index, Value),
    Field(Index, Value),
    Forget(Index),
    Rename(Index, Index),
    Shuffle(Vec<Index>),
    Cut(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let i = any::<Index>;
    let id = || prop_oneof![4 => (0..30u64).prop_map(Value::from), 1 => json_value()];
    prop_oneof![
        (i(), i(), i(), i()).prop_map(|(a, b, c, d)| Damage::Swap(a, b, c, d)),
        (i(), i(), i(), i()).prop_map(|(a, b, c, d)| Damage::Repeat(a, b, c, d)),
        (i(), i()).prop_map(|(a, b)| Damage::Drop(a, b)),
        (i(), i(), id()).prop_map(|(a, b, value)| Damage::Add(a, b, value)),
        (i(), i(), id()).prop_map(|(a, b, value)| Damage::Replace(a, b, value)),
        (i(), json_value()).prop_map(|(a, value)| Damage::Field(a, value)),
        i().prop_map(Damage::Forget),
        (i(), i()).prop_map(|(a, b)| Damage::Rename(a, b)),
        vec(i(), 28).prop_map(Damage::Shuffle),
        i().prop_map(Damage::Cut),
    ]
}

impl Damage {
    fn apply(&self, question: &mut Value) {
        match self {
            Self::Swap(a, i, b, j) => {
                let (at, value) = (element(question, a, i).cloned(), element(question, b, j).cloned());
                if let (Some(at), Some(value)) = (at, value) {
                    *element(question, a, i).unwrap() = value;
                    *element(question, b, j).unwrap() = at;
                }
            }
            Self::Repeat(a, i, b, j) => {
                let value = element(question, b, j).cloned();
                if let (Some(at), Some(value)) = (element(question, a, i), value) {
                    *at = value;
                }
            }
            Self::Replace(a, i, value) => {
                if let Some(at) = element(question, a, i) {
                    *at = value.clone();
                }
            }
            Self::Drop(a, i) => {
                if let Some(list) = list(question, a).filter(|list| !list.is_empty()) {
                    list.remove(i.index(list.len()));
                }
            }
            Self::Add(a, i, value) => {
                if let Some(list) = list(question, a) {
                    list.insert(i.index(list.len() + 1), value.clone());
                }
            }
            Self::Field(name, value) => question[NAMES[name.index(NAMES.len())]] = value.clone(),
            Self::Forget(name) => {
                question.as_object_mut().unwrap().remove(NAMES[name.index(NAMES.len())]);
            }
            Self::Rename(from, to) => {
                let fields = question.as_object_mut().unwrap();
                if let Some(value) = fields.remove(NAMES[from.index(NAMES.len())]) {
                    fields.insert(NAMES[to.index(NAMES.len())].to_owned(), value);
                }
            }
            Self::Shuffle(order) => {
                if let Some(plays) = question["plays"].as_array_mut() {
                    for i in 1..plays.len() {
                        plays.swap(i, order[i % 28].index(i + 1));
                    }
                }
            }
            Self::Cut(_) => {}
        }
    }

    /// Text is cut last.
    fn cut(&self, text: &mut String) {
        if let Self::Cut(at) = self {
            let end = (0..=at.index(text.len() + 1)).rev().find(|&end| text.is_char_boundary(end)).unwrap();
            text.truncate(end);
        }
    }
}

/// One of the lists of ids.
fn list<'a>(question: &'a mut Value, which: &Index) -> Option<&'a mut Vec<Value>> {
    let path = ["/hands/0", "/hands/1", "/hands/2", "/hands/3", "/hand", "/plays"][which.index(6)];
    question.pointer_mut(path)?.as_array_mut()
}

fn element<'a>(question: &'a mut Value, which: &Index, place: &Index) -> Option<&'a mut Value> {
    let list = list(question, which)?;
    if list.is_empty() {
        return None;
    }
    let place = place.index(list.len());
    list.get_mut(place)
}

/// A good position or view, spoilt now and then.
fn question() -> impl Strategy<Value = String> {
    (game(), any::<bool>(), vec(damage(), 0..3)).prop_map(|(game, as_view, damages)| {
        let mut question = position_of(&game);
        if as_view {
            question = view_of(&question, game.mover().index());
        }
        damages.iter().for_each(|damage| damage.apply(&mut question));
        let mut text = question.to_string();
        damages.iter().for_each(|damage| damage.cut(&mut text));
        text
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn random_bytes(input in vec(prop_oneof![8 => any::<u8>(), 1 => Just(b'\n')], 0..300)) {
        all_commands(&input);
    }

    #[test]
    fn random_text(lines in vec("[\\[\\]{}\",:0-9eE.+a-z \\\\-]{0,60}", 0..6)) {
        all_commands(lines.join("\n").as_bytes());
    }

    #[test]
    fn random_json(values in vec(json_value(), 1..4)) {
        let lines: String = values.iter().map(|value| format!("{value}\n")).collect();
        all_commands(lines.as_bytes());
    }

    #[test]
    fn damaged_questions(questions in vec(question(), 1..4)) {
        all_commands(questions.join("\n").as_bytes());
    }

    #[test]
    fn good_questions(game in game()) {
        let position = position_of(&game);
        let answers = all_commands(position.to_string().as_bytes());
        let over = game.table().is_over();
        for (line, answers) in COMMANDS.iter().zip(&answers) {
            let good = *line == "legal" || *line != "deal" && !over;
            prop_assert_eq!(answers[0].get("error").is_none(), good, "{} {:?}", line, answers);
        }
        if !over {
            let view = view_of(&position, game.mover().index());
            let by_view = all_commands(view.to_string().as_bytes());
            for command in [2, 3, 5] {
                let alone = |answers: &[Value]| answers.iter().map(without_question).collect::<Vec<_>>();
                prop_assert_eq!(alone(&by_view[command]), alone(&answers[command]));
            }
        }
    }
}
