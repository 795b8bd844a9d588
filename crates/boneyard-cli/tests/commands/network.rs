//! Networks on the command line.

use crate::{assert_same, boneyard, generate, golden, succeed, text};
use boneyard::net::{Architecture, Weights};
use boneyard::record::{Row, manifest, read_dir};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn rows(dir: &Path) -> Vec<Row> {
    read_dir(dir).unwrap().collect::<Result<Vec<Row>, _>>().unwrap()
}

/// What made a dataset: an option of its configuration.
fn option(dir: &Path, key: &str) -> String {
    manifest(dir).unwrap().configuration[key].as_str().unwrap().to_owned()
}

/// What a command that fails with bad input says.
fn refusal(arguments: &[&str]) -> String {
    let output = boneyard(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stderr)
}

#[test]
fn checkpoints_convert_to_what_they_hold() {
    let dir = TempDir::new().unwrap();
    let expected = Weights::open(Path::new(&golden("weights_small.safetensors")), None).unwrap();
    let mut hashes = Vec::new();
    for name in ["small.ckpt", "small_lightning.ckpt", "small_compiled.ckpt", "weights_small.safetensors"] {
        let to = dir.path().join(name).with_extension("safetensors");
        let output = succeed(&mut boneyard(&["convert", &golden(name), to.to_str().unwrap()]));
        let weights = Weights::open(&to, None).unwrap();
        assert!(weights.tensors().eq(expected.tensors()), "{name}");
        let said = text(&output.stdout);
        assert!(said.contains("width 32, 4 heads, 2 layers, feed-forward 64, 18672 parameters"), "{said}");
        assert!(said.contains(weights.sha256()), "{said}");
        hashes.push(weights.sha256().to_owned());
    }
    hashes.dedup();
    assert_eq!(hashes.len(), 1, "the same weights make the same file");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 4, "nothing temporary is left");
}

#[test]
fn files_that_are_no_networks_are_refused() {
    let dir = TempDir::new().unwrap();
    let to = dir.path().join("to.safetensors");
    let to = to.to_str().unwrap();
    let (io, small) = (golden("io_small.safetensors"), golden("small.ckpt"));
    assert!(refusal(&["convert", "nowhere.ckpt", to]).contains("cannot read nowhere.ckpt"));
    assert!(refusal(&["convert", &io, to]).contains("not a file of weights"));
    assert!(
        refusal(&["convert", &small, to, "--heads", "8"])
            .contains("8 attention heads: expected the 4 of the file")
    );
    assert!(refusal(&["convert", &small, dir.path().to_str().unwrap()]).contains("expected a file to write"));
    assert!(refusal(&["evaluate-net", &io]).contains("not a file of weights"));
    assert!(refusal(&["evaluate-net", &small, "--games", "0"]).contains("--games: 0: expected 1 to 1000000"));
    assert!(!Path::new(to).exists());

    let broken = dir.path().join("broken.ckpt");
    fs::write(&broken, &fs::read(&small).unwrap()[..5000]).unwrap();
    let evaluator = format!("net:{}", broken.display());
    let said = refusal(&["generate", "--evaluator", &evaluator, "--dry-run"]);
    assert!(
        said.contains("expected a network in points, but not a file of weights: the zip archive"),
        "{said}"
    );
    let said = refusal(&["generate", "--evaluator", "cascade:7,x", "--dry-run"]);
    assert!(said.contains("cascade:N,LATE,EARLY with N of 1 to 6 tricks"), "{said}");
    let said = refusal(&["generate", "--evaluator", "net:", "--dry-run"]);
    assert!(said.contains("net:FILE"), "{said}");
    for evaluator in
        [format!("corrected:0,{small}"), format!("checked:65537,{small}"), "corrected:".to_owned()]
    {
        let said = refusal(&["generate", "--evaluator", &evaluator, "--dry-run"]);
        assert!(said.contains("one world in N checked"), "{said}");
    }
}

#[test]
fn a_device_has_room_for_so_many_fractions() {
    let evaluator = format!("net:{}", golden("small.ckpt"));
    let run = |samples, device| {
        let options = ["--samples", samples, "--device", device, "--dry-run"];
        boneyard(&[&["generate", "--evaluator", &evaluator], &options[..]].concat()).output().unwrap()
    };
    assert!(run("65536", "wgpu").status.success());
    assert!(run("65537", "cpu").status.success());
    let refused = run("65537", "wgpu");
    assert_eq!(refused.status.code(), Some(2));
    let said = text(&refused.stderr);
    let expected = "--samples 65537 with a network on a device: expected at most 65536, or the CPU";
    assert!(said.contains(expected), "{said}");
}

/// A device computes the same function; in what numbers is on record.
#[test]
fn a_network_runs_on_a_device() {
    let small = golden("small.ckpt");
    let dirs = [(); 2].map(|()| TempDir::new().unwrap());
    let [cpu, gpu] = ["cpu", "wgpu"].map(|device| {
        let dir = &dirs[usize::from(device == "wgpu")];
        let options = format!("--games 2 --policy epsilon:1 --evaluator net:{small}");
        succeed(&mut generate(dir.path(), &format!("{options} --device {device}")));
        assert_eq!(manifest(dir.path()).unwrap().arithmetic, Some(format!("f32 on {device}")));
        rows(dir.path())
    });
    for (cpu, gpu) in cpu.iter().zip(&gpu) {
        assert_eq!((cpu.ply, cpu.domino), (gpu.ply, gpu.domino), "the games are the same");
        for (cpu, gpu) in cpu.e_q.iter().zip(gpu.e_q) {
            assert_eq!(cpu.is_some(), gpu.is_some());
            assert!((cpu.unwrap_or(0.0) - gpu.unwrap_or(0.0)).abs() < 5e-3, "{cpu:?} and {gpu:?}");
        }
    }
}

/// Corrected by all worlds, a network is the solver; checked, it is itself. Both say how far it is off.
#[test]
fn a_network_is_checked_and_corrected() {
    let small = golden("small.ckpt");
    let run = |evaluator: &str| {
        let dir = TempDir::new().unwrap();
        let options = format!("--games 2 --policy epsilon:1 --json --evaluator {evaluator}");
        let output = generate(dir.path(), &options).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (rows(dir.path()), said["agreement"].clone())
    };
    let (solver, none) = run("solver");
    assert!(none.is_null());
    let (net, _) = run(&format!("cascade:{small}"));
    let (checked, agreement) = run(&format!("checked:1,{small}"));
    let (by_all, same) = run(&format!("corrected:1,{small}"));
    let (by_some, _) = run(&format!("corrected:2,{small}"));
    assert_eq!(agreement, same);
    assert!(agreement["worlds"].as_u64() > Some(50) && agreement["mae"].as_f64() > Some(1.0), "{agreement}");
    let (mut apart, mut squares) = (0, [0.0; 2]);
    for (i, solver) in solver.iter().enumerate() {
        assert_eq!((checked[i].e_q, checked[i].q_var), (net[i].e_q, net[i].q_var));
        assert_eq!(
            (by_all[i].e_q, by_all[i].q_var, by_all[i].p_make),
            (solver.e_q, solver.q_var, solver.p_make)
        );
        assert_eq!((checked[i].correction_se, net[i].correction_se), (None, None));
        let early = solver.ply < 8;
        for (slot, error) in by_all[i].correction_se.unwrap().into_iter().enumerate() {
            assert_eq!(error, (early && solver.e_q[slot].is_some()).then_some(0.0));
        }
        for (slot, error) in by_some[i].correction_se.unwrap().into_iter().enumerate() {
            let (Some(error), Some(q), Some(exact)) = (error, by_some[i].e_q[slot], solver.e_q[slot]) else {
                continue;
            };
            assert!(early);
            apart += usize::from(q != exact);
            squares[0] += (q - exact).powi(2);
            squares[1] += error.powi(2);
        }
    }
    assert!(apart > 20, "{apart} estimates from half of the worlds are not exact");
    let ratio = squares[0] / squares[1];
    assert!((0.2..5.0).contains(&ratio), "standard errors are as large as errors: {ratio}");
}

/// Neither threads nor blocks nor the kind of file change a row; the weights are on record, by their hash.
#[test]
fn games_of_a_network_are_reproducible() {
    let dirs = [(); 4].map(|()| TempDir::new().unwrap());
    let small = golden("small.ckpt");
    let options = format!("--games 3 --evaluator net:{small}");
    succeed(&mut generate(dirs[0].path(), &format!("{options} --threads 1")));
    succeed(generate(dirs[1].path(), &format!("{options} --threads 3")).env("RAYON_NUM_THREADS", "3"));
    assert_same(dirs[0].path(), dirs[1].path());
    succeed(&mut generate(dirs[2].path(), &format!("{options} --block 1")));
    let other = golden("weights_small.safetensors");
    succeed(&mut generate(dirs[3].path(), &format!("--games 3 --evaluator net:{other}")));
    let expected = rows(dirs[0].path());
    assert_eq!(expected.len(), 3 * 28);
    assert!(rows(dirs[2].path()) == expected && rows(dirs[3].path()) == expected);

    let (ours, others) = (dirs[0].path(), dirs[3].path());
    let hash = |file: &str| Weights::open(Path::new(file), None).unwrap().sha256().to_owned();
    assert_eq!(option(ours, "evaluator"), "net");
    assert_eq!(option(ours, "weights_sha256"), hash(&small));
    assert_eq!(option(others, "weights_sha256"), hash(&other));
    let digest = |dir: &Path| manifest(dir).unwrap().configuration_sha256;
    assert_ne!(digest(ours), digest(others));
    // Another network's games do not mix with these.
    let said = generate(dirs[0].path(), &format!("--games 3 --evaluator net:{other}")).output().unwrap();
    assert_eq!(said.status.code(), Some(2));
    assert!(text(&said.stderr).contains("weights-sha256"), "{}", text(&said.stderr));
}

/// In the last tricks a cascade is the solver, to the bit; before, it is the network.
#[test]
fn a_cascade_is_network_first_and_solver_last() {
    let [solver, net, cascade] = [(); 3].map(|()| TempDir::new().unwrap());
    let small = golden("small.ckpt");
    // Random moves do not look at values, so all three play the same games.
    let run = |dir: &TempDir, evaluator: &str| {
        succeed(&mut generate(dir.path(), &format!("--games 2 --policy epsilon:1 --evaluator {evaluator}")));
        rows(dir.path())
    };
    let (solver, net) = (run(&solver, "solver"), run(&net, &format!("net:{small}")));
    let cascade = run(&cascade, &format!("cascade:4,{small}"));
    let mut counts = [0, 0];
    for ((cascade, solver), net) in cascade.iter().zip(&solver).zip(&net) {
        assert_eq!((cascade.ply, cascade.domino), (solver.ply, solver.domino), "the games are the same");
        let (expected, other) = if cascade.ply < 12 { (net, solver) } else { (solver, net) };
        assert_eq!(
            (cascade.e_q, cascade.q_var, cascade.p_make),
            (expected.e_q, expected.q_var, expected.p_make)
        );
        counts[usize::from(cascade.ply >= 12)] += usize::from(expected.e_q != other.e_q);
    }
    assert!(counts[0] > 10 && counts[1] > 5, "{counts:?} decisions where the two differ");
}

#[test]
fn a_cascade_without_a_number_solves_the_last_five_tricks() {
    let dir = TempDir::new().unwrap();
    let evaluator = format!("cascade:{}", golden("small.ckpt"));
    succeed(&mut generate(dir.path(), &format!("--games 1 --evaluator {evaluator}")));
    assert_eq!(option(dir.path(), "evaluator"), "cascade:5,solver,net");
}

fn random_network(dir: &Path) -> PathBuf {
    let architecture = Architecture { width: 48, heads: 3, layers: 1, feed_forward: 64 };
    let file = dir.join("random.safetensors");
    fs::write(&file, Weights::random(architecture, 3).unwrap().to_safetensors()).unwrap();
    file
}

#[test]
fn a_network_is_measured_ply_by_ply() {
    let dir = TempDir::new().unwrap();
    let file = random_network(dir.path());
    let file = file.to_str().unwrap();
    let run = |more: &[&str]| {
        let arguments = [&["evaluate-net", file, "--games", "6"], more].concat();
        text(&succeed(&mut boneyard(&arguments)).stdout)
    };
    let answer: serde_json::Value = serde_json::from_str(&run(&["--json"])).unwrap();
    assert_eq!(run(&["--json"]), run(&["--json"]));
    let plies = answer["plies"].as_array().unwrap();
    assert_eq!(plies.len(), 28);
    let counts: Vec<u64> = plies.iter().map(|ply| ply["decisions"].as_u64().unwrap()).collect();
    // The first to lead may lead anything, the last trick is forced.
    assert_eq!((counts[0], &counts[24..]), (6, &[0; 4][..]));
    assert_eq!(answer["all"]["decisions"].as_u64(), Some(counts.iter().sum()));
    // It knows nothing: far off, and often wrong.
    let all = |key: &str| answer["all"][key].as_f64().unwrap();
    assert!(all("q_mae") > 5.0 && all("q_gap") > 1.0, "{answer}");
    assert!(all("zero_regret") < 0.9 && all("blunders") > 0.02, "{answer}");
    let table = run(&[]);
    assert!(table.contains("Q-MAE") && table.lines().last().unwrap().starts_with("all"), "{table}");
}

#[test]
fn networks_that_come_with_boneyard_need_no_path() {
    let (dir, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let run = |out: &TempDir, evaluator: &str| {
        let mut command = generate(out.path(), "--games 1");
        command.args(["--evaluator", evaluator]);
        command
    };
    succeed(&mut run(&dir, "cascade:small"));
    assert_eq!(option(dir.path(), "evaluator"), "cascade:5,solver,net");
    // The same network under the name of its file goes on with the dataset; another one does not.
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/small/small.safetensors");
    succeed(&mut run(&other, &format!("cascade:{file}")));
    assert_same(dir.path(), other.path());
    assert_eq!(run(&dir, "cascade:standard").output().unwrap().status.code(), Some(2));
    let said = refusal(&["evaluate-net", "smal"]);
    assert!(said.contains("small and standard come with Boneyard"), "{said}");
}

#[test]
fn states_are_drawn_from_all_that_a_deal_can_come_to() {
    let small = golden("small.ckpt");
    let options = ["evaluate-net", &small, "--uniform", "1,50", "--device", "cpu"];
    let answer = succeed(boneyard(&options).arg("--json"));
    let answer: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!((&answer["all"]["decisions"], &answer["all"]["worlds"]), (&50.into(), &50.into()));
    assert!(answer["all"]["q_mae"].as_f64().unwrap() > 5.0, "it knows nothing: {answer}");
    for (more, expected) in [
        (&["--uniform", "0,5"][..], "expected deals, 1 to 10000, and states of each"),
        (&["--uniform", "1,5", "--test-set"], "cannot be used with"),
        (&["--uniform", "1,5", "--games", "3"], "cannot be used with"),
        (&["--device", "cpu"], "required arguments were not provided"),
    ] {
        let said = refusal(&[&["evaluate-net", &small], more].concat());
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn the_test_set_is_measured_on_any_device() {
    let measured = |device: &str| -> serde_json::Value {
        let options =
            ["evaluate-net", "small", "--test-set", "--part", "951,3", "--json", "--device", device];
        serde_json::from_str(&text(&succeed(&mut boneyard(&options)).stdout)).unwrap()
    };
    let (cpu, wgpu) = (measured("cpu"), measured("wgpu"));
    assert!(cpu["all"]["decisions"].as_u64().unwrap() >= 6);
    assert_eq!(cpu["all"]["worlds"], wgpu["all"]["worlds"]);
    let error = |answer: &serde_json::Value| answer["all"]["q_mae"].as_f64().unwrap();
    assert!(error(&cpu) > 0.0 && (error(&cpu) - error(&wgpu)).abs() < 0.01, "{cpu} {wgpu}");
}
