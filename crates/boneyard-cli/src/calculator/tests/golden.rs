//! Every command against the golden data.

use super::{ask, view_of, without_question};
use serde_json::{Value, json};

fn golden(file: &str) -> Value {
    let path = format!("{}/../../tests/golden/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(&path).expect(&path)).unwrap()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().unwrap()
}

fn index(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

/// Domino ids of plays given as slots, which are replayed by `legal` to see who moves.
fn plays_of(state: &Value) -> Vec<Value> {
    use boneyard::rules::{Deal, Declaration, Domino, Game, Seat, tiles_of};
    let hands = [0, 1, 2, 3].map(|seat| {
        state["hands"][seat].as_array().unwrap().iter().fold(0, |hand, id| hand | 1 << id.as_u64().unwrap())
    });
    let leader = state.get("first_leader").or(state.get("leader")).unwrap().as_u64().unwrap();
    let declaration = Declaration::new(state["decl"].as_u64().unwrap()).unwrap();
    let mut game = Game::new(Deal::new(hands).unwrap(), declaration, Seat::new(leader).unwrap());
    for slot in list(state, "slots") {
        let domino = tiles_of(game.deal().hand(game.mover())).nth(index(slot)).unwrap();
        game.play(domino).unwrap();
    }
    game.table().plays().map(Domino::id).map(Value::from).collect()
}

/// A golden state, whose history is slots, as a position.
fn position_of(state: &Value) -> Value {
    let leader = state.get("first_leader").or(state.get("leader")).unwrap();
    json!({
        "hands": state["hands"],
        "declaration": state["decl"],
        "leader": leader,
        "plays": plays_of(state),
    })
}

/// The answers to some questions say what is expected, and more.
fn check(line: &str, questions: &[Value], expected: &[Value]) {
    let answers = ask(line, questions);
    assert_eq!(answers.len(), expected.len());
    for (answer, expected) in answers.iter().zip(expected) {
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&answer[name], value, "{line}: {name} of {answer}");
        }
    }
}

#[test]
fn deal() {
    let deals = golden("deals.json");
    let expected: Vec<Value> =
        list(&deals, "deal_from_seed").iter().chain(list(&deals, "big_seeds")).cloned().collect();
    assert!(expected.len() >= 200);
    let questions: Vec<Value> = expected.iter().map(|deal| json!({"seed": deal["seed"]})).collect();
    check("deal", &questions, &expected);
    let numbers: Vec<Value> = list(&deals, "big_seeds")
        .iter()
        .map(|deal| json!({"seed": deal["seed"].as_str().unwrap().parse::<u64>().unwrap()}))
        .collect();
    for (answer, deal) in ask("deal", &numbers).iter().zip(list(&deals, "big_seeds")) {
        assert_eq!(answer["hands"], deal["hands"]);
    }
}

#[test]
fn legal() {
    let playouts = golden("playouts.json");
    let (mut questions, mut expected) = (Vec::new(), Vec::new());
    for playout in list(&playouts, "playouts") {
        let dominoes = list(playout, "domino");
        let tricks = list(playout, "tricks");
        for ply in 0..=28 {
            questions.push(json!({
                "hands": playout["hands"],
                "declaration": playout["decl"],
                "leader": playout["leader"],
                "plays": dominoes[..ply],
            }));
            let mut banked = [0; 2];
            for trick in &tricks[..ply / 4] {
                banked[index(&trick[0]) % 2] += index(&trick[1]);
            }
            let team = index(&playout["leader"]) % 2;
            let contract = match (banked[team] >= 30, banked[1 - team] > 12) {
                (true, _) => json!("made"),
                (_, true) => json!("set"),
                _ => Value::Null,
            };
            let legal = if ply < 28 { index(&playout["legal"][ply]) } else { 0 };
            expected.push(json!({
                "mover": playout["player"].get(ply),
                "slots": (0..7).filter(|slot| legal >> slot & 1 == 1).collect::<Vec<_>>(),
                "table": dominoes[ply - ply % 4..ply],
                "banked": banked,
                "contract": contract,
            }));
        }
        assert_eq!(expected.last().unwrap()["banked"], playout["final"]);
    }
    assert_eq!(expected.len(), 2900);
    check("legal", &questions, &expected);
}

#[test]
fn worlds() {
    let (voids, playouts) = (golden("voids.json"), golden("playouts.json"));
    let (mut positions, mut views, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    for state in list(&voids, "states").iter().chain(list(&voids, "constrained")) {
        let position = match state.get("playout") {
            None => position_of(state),
            Some(playout) => {
                let playout = &playouts["playouts"][index(playout)];
                json!({
                    "hands": playout["hands"],
                    "declaration": playout["decl"],
                    "leader": playout["leader"],
                    "plays": list(playout, "domino")[..index(&state["ply"])],
                })
            }
        };
        let mut view = view_of(&position, index(&state["player"]));
        view["sizes"] = state["sizes"].clone();
        views.push(view);
        positions.push(position);
        expected.push(json!({
            "mover": state["player"],
            "unseen": state["pool"],
            "sizes": state["sizes"],
            "voids": state["voids"],
            "count": state["worlds"],
        }));
    }
    assert_eq!(expected.len(), 665);
    check("worlds", &positions, &expected);
    check("worlds", &views, &expected);
    lists_and_draws(&positions, &expected);
}

/// `--list` shows `count` different worlds that agree with the view, and `--draw` shows some of them.
fn lists_and_draws(positions: &[Value], expected: &[Value]) {
    let few = |expected: &Value| expected["count"].as_u64().unwrap() <= 500;
    let positions: Vec<Value> =
        positions.iter().zip(expected).filter(|(_, e)| few(e)).map(|(p, _)| p.clone()).collect();
    assert!(positions.len() >= 100);
    let listed = ask("worlds --list", &positions);
    for answer in &listed {
        let worlds = list(answer, "worlds");
        assert_eq!(worlds.len(), index(&answer["count"]));
        let different: std::collections::HashSet<String> = worlds.iter().map(Value::to_string).collect();
        assert_eq!(different.len(), worlds.len());
        for world in worlds {
            let hands = world.as_array().unwrap();
            let sizes: Vec<usize> = hands.iter().map(|hand| hand.as_array().unwrap().len()).collect();
            assert_eq!(json!(sizes), answer["sizes"]);
            let mut ids: Vec<usize> =
                hands.iter().flat_map(|hand| hand.as_array().unwrap()).map(index).collect();
            assert!(hands.iter().all(|hand| hand.as_array().unwrap().iter().map(index).is_sorted()));
            ids.sort_unstable();
            assert_eq!(json!(ids), answer["unseen"]);
        }
    }
    for sampler in ["affine", "uniform", "distinct", "stratified", "backtracking", "first-fit+backtracking"] {
        let drawn = ask(&format!("worlds --list --draw 20 --sampler {sampler} --seed 5"), &positions);
        for (answer, listed) in drawn.iter().zip(&listed) {
            let draws = list(answer, "draws");
            assert_eq!(draws.len(), 20);
            for draw in draws {
                assert_eq!(listed["worlds"][index(&draw["index"])], draw["hands"]);
            }
        }
    }
}

/// Every row that shows whole deals: true ones and hypothetical ones.
#[test]
fn tokens() {
    let path = format!("{}/../../tests/golden/tokens.safetensors", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(&path).expect(&path);
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let tensor = |name| file.tensor(name).unwrap().data();
    let number = |name, row: usize| index(&json!(tensor(name)[8 * row]));
    let signed = |name, row: usize, width: usize| -> Vec<i8> {
        tensor(name)[row * width..][..width].iter().map(|&byte| byte as i8).collect()
    };
    let playouts = golden("playouts.json");
    let (mut questions, mut expected) = (Vec::new(), Vec::new());
    for row in (0..file.tensor("kind").unwrap().shape()[0]).filter(|&row| number("kind", row) < 2) {
        let playout = &playouts["playouts"][number("playout", row)];
        let hands = signed("hands", row, 28);
        questions.push(json!({
            "hands": hands.chunks(7).collect::<Vec<_>>(),
            "declaration": playout["decl"],
            "leader": playout["leader"],
            "plays": list(playout, "domino")[..number("ply", row)],
        }));
        expected.push(json!({
            "mover": number("current_player", row),
            "tokens": signed("tokens", row, 32 * 12).chunks(12).collect::<Vec<_>>(),
            "mask": signed("mask", row, 32),
        }));
    }
    assert_eq!(expected.len(), 200);
    check("tokens", &questions, &expected);
}

#[test]
fn solve() {
    let solver = golden("solver.json");
    let states = list(&solver, "positions");
    let positions: Vec<Value> = states.iter().map(position_of).collect();
    let expected: Vec<Value> =
        states.iter().map(|state| json!({"mover": state["player"], "q": state["q_mover"]})).collect();
    assert!(expected.len() >= 300);
    check("solve", &positions, &expected);
}

#[test]
fn evaluate() {
    let exact = golden("eq_exact.json");
    let states = list(&exact, "states");
    let positions: Vec<Value> = states.iter().map(position_of).collect();
    let views: Vec<Value> =
        positions.iter().zip(states).map(|(p, state)| view_of(p, index(&state["player"]))).collect();
    let answers = ask("evaluate --samples 1000000 --restarts 2", &positions);
    let by_view = ask("evaluate --samples 1000000 --restarts 2", &views);
    let alone = |answers: &[Value]| answers.iter().map(without_question).collect::<Vec<_>>();
    assert_eq!(alone(&answers), alone(&by_view));
    // What a decision at a table comes to is the same.
    check("evaluate --samples 1000000", &views, &answers.iter().map(without_error).collect::<Vec<_>>());
    for (answer, state) in answers.iter().zip(states) {
        let n_worlds = state["worlds"].as_f64().unwrap();
        assert_eq!(answer["mover"], state["player"]);
        assert_eq!((&answer["worlds_total"], &answer["worlds_used"]), (&state["worlds"], &state["worlds"]));
        assert_eq!(answer["exact"], true);
        let legal: Vec<usize> = list(state, "legal_slots").iter().map(index).collect();
        let mut best = (f64::NEG_INFINITY, 0);
        for slot in 0..7 {
            let Some(at) = legal.iter().position(|&legal| legal == slot) else {
                for key in ["e_q", "q_var", "p_make", "se"] {
                    assert_eq!(answer[key][slot], Value::Null);
                }
                continue;
            };
            let e_q = state["sum_q"][at].as_f64().unwrap() / n_worlds;
            // Within what `serde_json` loses when it reads a number.
            assert!((answer["e_q"][slot].as_f64().unwrap() - e_q).abs() < 1e-13 * n_worlds);
            assert!(
                (answer["q_var"][slot].as_f64().unwrap() - state["var"][at].as_f64().unwrap()).abs() < 1e-6
            );
            assert_eq!(answer["se"][slot].as_f64(), Some(0.0));
            if e_q > best.0 {
                best = (e_q, slot);
            }
        }
        assert_eq!(index(&answer["choice"]), best.1);
    }
    p_make_by_histogram(&positions, states, &answers);
}

/// The share of worlds, by the golden histogram, in which the mover's team reaches its goal for a bid of 30.
fn p_make_by_histogram(positions: &[Value], states: &[Value], answers: &[Value]) {
    let scores = ask("legal", positions);
    for ((answer, state), score) in answers.iter().zip(states).zip(&scores) {
        let (us, bidders) = (index(&state["player"]) % 2, index(&state["first_leader"]) % 2);
        let banked = [0, 1].map(|team| score["banked"][team].as_i64().unwrap());
        let open = 42 - banked[0] - banked[1];
        for (at, slot) in list(state, "legal_slots").iter().enumerate() {
            let wins = |q: i64| {
                let ours = banked[us] + (open + q) / 2;
                let bidders_have = if us == bidders { ours } else { 42 - ours };
                (bidders_have >= 30) == (us == bidders)
            };
            let histogram = state["hist"][at].as_object().unwrap();
            let made: i64 = histogram
                .iter()
                .filter(|(q, _)| wins(q.parse().unwrap()))
                .map(|(_, worlds)| worlds.as_i64().unwrap())
                .sum();
            let p_make = made as f64 / state["worlds"].as_f64().unwrap();
            assert!((answer["p_make"][index(slot)].as_f64().unwrap() - p_make).abs() < 1e-12, "{answer}");
        }
    }
}

/// An answer alone, without what only independent runs know.
fn without_error(answer: &Value) -> Value {
    let mut answer = without_question(answer);
    answer.as_object_mut().unwrap().remove("se");
    answer
}

#[test]
fn drawn_estimates_lie_within_their_standard_errors() {
    let exact = golden("eq_exact.json");
    let states: Vec<Value> =
        list(&exact, "states").iter().filter(|state| index(&state["worlds"]) > 80).cloned().collect();
    let positions: Vec<Value> = states.iter().map(position_of).collect();
    let (mut n_slots, mut squares) = (0.0, 0.0);
    for seed in 0..5 {
        for sampler in ["affine", "uniform", "stratified"] {
            let line = format!("evaluate --samples 80 --restarts 10 --sampler {sampler} --seed {seed}");
            for (answer, state) in ask(&line, &positions).iter().zip(&states) {
                assert_eq!((answer["exact"].as_bool(), index(&answer["worlds_used"])), (Some(false), 80));
                for (at, slot) in list(state, "legal_slots").iter().enumerate() {
                    let slot = index(slot);
                    let error = answer["e_q"][slot].as_f64().unwrap() - state["eq"][at].as_f64().unwrap();
                    let se = answer["se"][slot].as_f64().unwrap();
                    if se > 0.0 {
                        n_slots += 1.0;
                        squares += (error / se).powi(2);
                    } else {
                        assert!(error.abs() < 1e-6);
                    }
                }
            }
        }
    }
    // Student's t with 9 degrees of freedom has variance 9/7.
    let ratio = squares / n_slots / (9.0 / 7.0);
    assert!((0.7..1.4).contains(&ratio), "{ratio} over {n_slots} slots");
}
