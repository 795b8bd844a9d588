//! The command line, as clap reads it.

use crate::values::{self, MemoryBudget};
use boneyard::core::Deals;
use boneyard::record::{Shard, Span, Split};
use boneyard::rules::{Bid, Passed, Seat};
use boneyard::strategies::planner::{Adaptive, Target};
use boneyard::strategies::policy::PolicySpec;
use boneyard::strategies::sampler::SamplerSpec;
use boneyard::{ContractRule, Declarations, Posterior};
use boneyard_arena::{Contracts, Marks, PlayerSpec};
use boneyard_run::calibrate::Stretch;
use boneyard_runtime::DeviceList;
use clap::{Args, Parser, Subcommand, ValueHint};
use clap_complete::Shell;
use std::path::PathBuf;

/// Exact E[Q] for Texas 42: makes datasets, shows them, and answers questions about positions.
///
/// Exit codes: 0 done, 1 failed (the machine: no space, no permission, a lost answer), 2 bad input, 130 interrupted cleanly.
#[derive(Debug, Parser)]
#[command(name = "boneyard", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Play games and write every decision with its E[Q] to Parquet
    Generate(Box<Generate>),
    /// Play games out and say what came true of what their decisions promised
    Calibrate(Box<Calibrate>),
    /// Write what every move is worth in worlds of decisions, to train networks on, to Parquet
    Label(Box<Label>),
    /// Print a recorded game as a person reads it
    Inspect(Inspect),
    /// Check every file of a dataset, replay its games by the rules and list what is missing
    Verify(Verify),
    /// Print the dataset card of a dataset, a README.md for those who share it
    Card(Card),
    /// Show what this machine can run on, which is chosen and why
    Devices,
    /// Turn a network's checkpoint into safetensors
    Convert(Convert),
    /// Measure a network against the exact solver, ply by ply
    EvaluateNet(EvaluateNet),
    /// Print a script that teaches a shell to complete this command
    Completions(Completions),
    /// Tell a player what to play: moves ranked with their errors, what they risk, what the plays tell
    Advise(Box<Advise>),
    /// Tell a player what a hand is worth in the auction, for every declaration and bid
    #[command(after_help = boneyard_arena::listed())]
    Bid(Box<BidHand>),
    /// Look back on a game: what every play cost, from what its player knew
    Review(Box<Review>),
    /// Have two players play the same deals with seats swapped, and say who is better
    #[command(after_help = boneyard_arena::listed())]
    Arena(Box<Arena>),
    /// Sit at a table as a player: answers the line protocol of 42 players on stdin
    #[command(after_help = boneyard_arena::listed())]
    Engine(Engine),
    #[command(flatten)]
    Calculator(Calculator),
}

/// Seeds as people write a range: `A..B` or `A..=B`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeds(pub Span);

impl std::str::FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (first, last) = match text.split_once("..=") {
                Some((first, last)) => (first, last.parse().ok()?),
                None => {
                    let (first, end) = text.split_once("..")?;
                    (first, end.parse::<u64>().ok()?.checked_sub(1)?)
                }
            };
            let span = Span { first: first.parse().ok()?, last };
            (span.first <= span.last).then_some(Self(span))
        };
        read().ok_or_else(|| format!("`{text}`: expected at least one seed, such as 0..1000 or 0..=999"))
    }
}

/// Which games are played, how, and where. What is said of the CPU, of devices, memory, threads and batches changes no result.
#[derive(Clone, Debug, Args)]
#[command(allow_negative_numbers = true)]
pub struct Playing {
    #[command(flatten)]
    pub which: Which,
    /// Worlds a decision; where no more exist, all are enumerated and the row is marked exact
    #[arg(long, default_value_t = 50, value_parser = values::count::<u32>)]
    pub samples: u32,
    #[command(flatten)]
    pub pace: Pace,
    /// `cycle` (seed mod 10), 0-9, a name, or a comma-separated list to cycle through
    #[arg(long, default_value = "cycle", value_parser = values::declarations())]
    pub declaration: Declarations,
    /// What was bid: 30-42, or a multiple of 42 up to 4200 for marks
    #[arg(long, default_value = "30", value_parser = values::bid)]
    pub bid: Bid,
    /// Who bid, and leads the first trick: seat 0-3
    #[arg(long, default_value = "0", value_parser = values::seat)]
    pub bidder: Seat,
    /// How a game gets its contract: `fixed` by --declaration, --bid and --bidder; `best`, what --bidder would best declare;
    /// `longest`, what --bidder is longest in; or `auction`, in which all seats bid
    #[arg(long, default_value = "fixed", value_parser = values::contract)]
    pub contract: ContractRule,
    /// How a seed becomes a deal: `python` (as random.Random(seed).shuffle) or `native`
    #[arg(long, default_value = "python", value_parser = values::deals())]
    pub deals: Deals,
    /// What draws worlds
    #[arg(long, default_value = "affine", value_parser = values::sampler())]
    pub sampler: SamplerSpec,
    /// What makes some worlds likelier than others: `contract[:RULE][,beta:B]` (the bidder declared by RULE, `longest`; a world
    /// that speaks against it is B times as likely, 0), `plays[:tau:T][,beta:B][,last:K][,ess:S][,by:E]` (the others chose by
    /// softmax of Q over T points, 8, but for a share B, 0.5, in their last K plays, 8; Q by evaluator E, such as cascade:small,
    /// or by the run's own; where the effective sample size is less than S of the worlds, weights are mixed with even ones), or
    /// both with a comma between
    #[arg(long, value_parser = values::posterior())]
    pub posterior: Option<Posterior>,
    /// `solver` (points), `contract` (only whether the contract is made; faster, for P(make) policies), `playout`
    /// (points of one quick game), `cascade:N` (solver for the last N tricks, playout before), `net:FILE` (a network's
    /// values; `small` and `standard` come with Boneyard), `cascade:N,FILE` (solver for the last N tricks, network before; N is 5 if left out), `corrected:N,FILE`
    /// (the same, and the solver values one world in N too, to correct the mean; N is 8 if left out) or `checked:N,FILE`
    /// (only records how far the network is off)
    #[arg(long, default_value = "solver", value_parser = values::evaluator())]
    pub evaluator: String,
    /// Attention heads of the evaluator's network, where its file does not say how many
    #[arg(long)]
    pub heads: Option<usize>,
    /// What makes the choice; terms may be joined by +, and policies by commas where all but the last say for which plies
    /// (`softmax:4@0-11,greedy`) or for what share of the games (`mixed@25%,greedy`) they are
    #[arg(long, default_value = "greedy", value_parser = values::policy())]
    pub policy: PolicySpec,
    /// Evaluate decisions with one legal move, too
    #[arg(long)]
    pub evaluate_forced: bool,
    #[command(flatten)]
    pub place: Where,
}

/// Which games, by their seeds.
#[derive(Clone, Debug, Args)]
pub struct Which {
    /// How many games, from seed SEED on; a dataset keeps those that are there already. 10k and 1M are understood, here
    /// and wherever something is counted
    #[arg(long, default_value_t = 32, value_parser = values::count::<u64>)]
    pub games: u64,
    /// Seed of the first game; a game is known by its seed, and each has the next one
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Seeds of the games, instead of --seed and --games: `A..B` without B, or `A..=B` with it
    #[arg(long, value_name = "A..B", conflicts_with_all = ["seed", "games"])]
    pub seeds: Option<Seeds>,
    /// Only games of this split: `train` (seed mod 1000 is 0-899), `validation` (900-949) or `test` (950-999). A seed is of
    /// the same split in every dataset
    #[arg(long)]
    pub split: Option<Split>,
}

/// Where and how much at once. Nothing of this changes a result.
#[derive(Clone, Debug, Args)]
pub struct Where {
    /// Where to run: `auto`, `cpu`, `cuda[:i]` or `wgpu[:i]`; several of a kind as `cuda:all` or `cuda:0,cuda:1`; `cuda+cpu`
    /// has the CPU's threads search beside the device, for small ones
    #[arg(long, default_value = "auto", value_parser = values::device())]
    pub device: DeviceList,
    /// Device memory to stay within, such as 512MiB, 4GiB or 4GB; `auto` is a quarter of the device's, at most 10GiB. Never
    /// changes a byte
    #[arg(long, default_value = "auto")]
    pub memory_budget: MemoryBudget,
    /// Turns of a search in one launch on a device; 25,000 on CUDA, some 100 ms, and 2,000 elsewhere unless given. Fewer where a
    /// driver ends long launches. Never changes a byte
    #[arg(long, value_name = "TURNS", value_parser = clap::value_parser!(u32).range(1..))]
    pub launch_turns: Option<u32>,
    /// Compile kernels anew, and keep none for the next run
    #[arg(long)]
    pub no_kernel_cache: bool,
    /// Threads; 0 takes one a core. Never changes a byte
    #[arg(long, default_value_t = 0)]
    pub threads: usize,
    /// Games in play at once on a device; as many as fill it unless given. Never changes a byte
    #[arg(long, value_parser = values::count::<u64>)]
    pub batch: Option<u64>,
}

/// Options of `generate`; everything but `--device`, `--memory-budget`, `--threads`, `--batch`, `--shard`, `--trust`, `--out`, `--json` and `--dry-run` decides what the
/// records say.
#[derive(Clone, Debug, Args)]
#[command(allow_negative_numbers = true)]
pub struct Generate {
    #[command(flatten)]
    pub playing: Playing,
    /// Only one of several equal parts of the blocks, such as `1/4`, to divide a dataset among machines beforehand; runs that
    /// see the same directory share the work without it
    #[arg(long, value_name = "I/N", default_value_t = Shard::WHOLE)]
    pub shard: Shard,
    /// Directory to write to; games of a dataset of the same configuration that are there are kept, and any number of runs
    /// may write there at once
    #[arg(short, long, default_value = "boneyard-out", value_hint = ValueHint::DirPath)]
    pub out: PathBuf,
    /// Games a file
    #[arg(long, default_value_t = 64, value_parser = values::count::<u64>)]
    pub block: u64,
    /// Believe files that are there by their names, instead of reading them and comparing their checksums
    #[arg(long)]
    pub trust: bool,
    /// Record how many worlds gave each value, too
    #[arg(long)]
    pub histogram: bool,
    /// Say where the time went, from the beginning of the command to its last row
    #[arg(long)]
    pub timings: bool,
    /// Print one JSON object at the end instead of text
    #[arg(long)]
    pub json: bool,
    /// Check everything and say what would be done, but write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Options of `calibrate`.
#[derive(Clone, Debug, Args)]
#[command(allow_negative_numbers = true)]
pub struct Calibrate {
    #[command(flatten)]
    pub playing: Playing,
    /// What makes a row beside sides and tenths of P(make): `trick` or `ply`
    #[arg(long, default_value = "trick", value_parser = values::stretch)]
    pub by: Stretch,
    /// An SVG to draw of it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub picture: Option<PathBuf>,
    /// Print one JSON object instead of tables
    #[arg(long)]
    pub json: bool,
}

/// Worlds in rounds, where --samples says how many otherwise.
#[derive(Clone, Debug, Args)]
pub struct Pace {
    /// Worlds in rounds until there are enough, instead of --samples: `se:X` (every legal move's E[Q] has a standard error of at
    /// most X points), `gap:C` (the best move is separated at confidence C) or `gap:C,zone:Z` (moves within Z points of the
    /// best may stay); with --evaluator contract X and Z are shares of P(make); rows say why a decision stopped
    #[arg(long, value_name = "TARGET", conflicts_with = "samples", value_parser = values::adaptive)]
    pub adaptive: Option<Target>,
    /// With --adaptive: worlds of the first round; later ones at most double what was seen; where no more exist, all are enumerated
    #[arg(long, default_value_t = Adaptive::LEAST, requires = "adaptive", value_parser = values::count::<u32>)]
    pub min_samples: u32,
    /// With --adaptive: most worlds a decision
    #[arg(long, default_value_t = Adaptive::MOST, requires = "adaptive", value_parser = values::count::<u32>)]
    pub max_samples: u32,
}

impl Pace {
    /// What paces decisions, if anything does.
    ///
    /// # Errors
    /// Numbers of worlds that are out of range.
    pub fn adaptive(&self) -> boneyard::core::Result<Option<Adaptive>> {
        let pace = |target| Adaptive::new(target, self.min_samples, self.max_samples);
        self.adaptive.map(pace).transpose()
    }
}

/// Options of `label`; everything but where labels are made and kept decides what they are.
#[derive(Clone, Debug, Args)]
#[command(allow_negative_numbers = true)]
pub struct Label {
    #[command(flatten)]
    pub which: Which,
    /// Worlds a decision, each a row; fewer where there are fewer
    #[arg(long, default_value_t = 16, value_parser = values::count::<u32>)]
    pub worlds: u32,
    /// Plies whose decisions are looked at: `A-B`, both among them, within 0-27
    #[arg(long, value_name = "A-B", default_value = "0-11", value_parser = values::plies)]
    pub plies: Plies,
    /// Who plays the games, a policy of `generate`, and in how many parts of all of them: `greedy=4`; several times for several
    /// [default: greedy=4 softmax:3=3 epsilon:0.25=2 epsilon:1=1]
    #[arg(long = "policy", value_name = "POLICY=PARTS", value_parser = values::part_of_games)]
    pub policies: Vec<(PolicySpec, u32)>,
    /// Of a hundred games, in how many the bidder declares what its hand suggests; in the others anything
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub sensible: u32,
    /// Record the tokens that a network reads of each world, too; they follow from the other columns
    #[arg(long)]
    pub tokens: bool,
    /// Only one of several equal parts of the blocks, such as `1/4`, to divide a dataset among machines beforehand
    #[arg(long, value_name = "I/N", default_value_t = Shard::WHOLE)]
    pub shard: Shard,
    /// Directory to write to; games of a dataset of the same labels that are there are kept, and any number of runs may write there
    /// at once
    #[arg(short, long, default_value = "boneyard-labels", value_hint = ValueHint::DirPath)]
    pub out: PathBuf,
    /// Games a file, each of some 140 rows where nothing else is asked for
    #[arg(long, default_value_t = 1024, value_parser = values::count::<u64>)]
    pub block: u64,
    /// Believe files that are there by their names, instead of reading them and comparing their checksums
    #[arg(long)]
    pub trust: bool,
    #[command(flatten)]
    pub place: Where,
    /// Print one JSON object at the end instead of text
    #[arg(long)]
    pub json: bool,
    /// Check everything and say what would be done, but write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// The first ply and the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plies {
    pub first: usize,
    pub last: usize,
}

/// Options of `inspect`.
#[derive(Clone, Debug, Args)]
pub struct Inspect {
    /// A directory written by `generate`, or one of its Parquet files
    #[arg(value_hint = ValueHint::AnyPath)]
    pub path: PathBuf,
    /// Seed of the game
    #[arg(long)]
    pub seed: u64,
    /// Only this decision, 0-27
    #[arg(long)]
    pub ply: Option<u8>,
}

/// Options of `verify`.
#[derive(Clone, Debug, Args)]
pub struct Verify {
    /// A directory written by `generate` or `label`
    pub dir: PathBuf,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Options of `card`.
#[derive(Clone, Debug, Args)]
pub struct Card {
    /// A directory written by `generate` or `label`
    pub dir: PathBuf,
}

/// Options of `convert`.
#[derive(Clone, Debug, Args)]
pub struct Convert {
    /// A Lightning checkpoint or safetensors
    #[arg(value_hint = ValueHint::FilePath)]
    pub from: PathBuf,
    /// The safetensors file to write
    #[arg(value_hint = ValueHint::FilePath)]
    pub to: PathBuf,
    /// Attention heads, where the file does not say how many
    #[arg(long)]
    pub heads: Option<usize>,
}

/// Options of `evaluate-net`.
#[derive(Clone, Debug, Args)]
pub struct EvaluateNet {
    /// `small` or `standard`, which come with Boneyard, or a file: a Lightning checkpoint or safetensors
    #[arg(value_name = "NET", value_hint = ValueHint::FilePath)]
    pub file: String,
    /// Attention heads, where the file does not say how many
    #[arg(long)]
    pub heads: Option<usize>,
    /// Measure on the frozen test set instead: decisions of E[Q]-greedy players, plies 0-11, up to 512 worlds each, with what the
    /// network's E[Q] gives away. A GPU takes seconds, a CPU hours
    #[arg(long, group = "sets", conflicts_with_all = ["games", "seed"])]
    pub test_set: bool,
    /// Of the test set, only as many seeds and worlds a decision, to try it out: not the test set
    #[arg(long, value_name = "SEEDS,WORLDS", requires = "test_set", value_parser = part_of_test_set)]
    pub part: Option<(u64, u32)>,
    /// Measure on states drawn evenly from all that a deal can come to instead, forced moves and late tricks among them, with open
    /// hands: so many deals, and states of each, such as 40,2500
    #[arg(long, value_name = "DEALS,STATES", group = "sets", conflicts_with_all = ["games", "seed"], value_parser = uniform)]
    pub uniform: Option<(u64, u32)>,
    /// Where the test set or the states are worked through: `auto`, `cpu`, `cuda[:i]` or `wgpu[:i]`
    #[arg(long, default_value = "auto", requires = "sets", value_parser = values::device())]
    pub device: DeviceList,
    /// Games whose positions are looked at, some 18 each
    #[arg(long, default_value_t = 100, value_parser = values::count::<u64>)]
    pub games: u64,
    /// Seed of the first game
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Print one JSON object instead of a table
    #[arg(long)]
    pub json: bool,
}

/// How many deals, and states of each: `DEALS,STATES`.
fn uniform(text: &str) -> Result<(u64, u32), String> {
    let size =
        text.split_once(',').and_then(|(deals, states)| Some((deals.parse().ok()?, states.parse().ok()?)));
    size.filter(|(deals, states)| (1..=10_000).contains(deals) && (1..=1_000_000).contains(states))
        .ok_or_else(|| {
            "expected deals, 1 to 10000, and states of each, 1 to 1000000, such as 40,2500".to_owned()
        })
}

/// How much of the test set is looked at: `SEEDS,WORLDS`.
fn part_of_test_set(text: &str) -> Result<(u64, u32), String> {
    let part =
        text.split_once(',').and_then(|(seeds, worlds)| Some((seeds.parse().ok()?, worlds.parse().ok()?)));
    let expected = "expected seeds, 951 to 2000, and worlds, 1 to 512, such as 960,16";
    part.filter(|(seeds, worlds)| (951..=2000).contains(seeds) && (1..=512).contains(worlds))
        .ok_or_else(|| expected.to_owned())
}

/// Options of `completions`.
#[derive(Clone, Debug, Args)]
pub struct Completions {
    /// The shell; `boneyard completions bash > ~/.local/share/bash-completion/completions/boneyard` is all it takes there
    pub shell: Shell,
}

/// The engine as a calculator: one JSON object a line in, one a line out, in the same order.
#[derive(Clone, Debug, Subcommand)]
pub enum Calculator {
    /// Deal hands: {"seed"} per line
    Deal,
    /// Legal moves, score and contract of positions
    Legal,
    /// What the mover of a position or view cannot see, and how many worlds agree with it
    Worlds(Worlds),
    /// Exact values of the moves of positions with open hands
    Solve,
    /// E[Q] and P(make) of the moves of positions or views, over worlds
    Evaluate(Box<Evaluate>),
    /// What a network reads of positions: 32 tokens of 12 small integers
    Tokens,
}

/// Options of `worlds`.
#[derive(Clone, Debug, Args)]
pub struct Worlds {
    /// Add all worlds
    #[arg(long)]
    pub list: bool,
    /// Add this many drawn worlds, each with its index
    #[arg(long, value_name = "M", value_parser = values::count::<u32>)]
    pub draw: Option<u32>,
    /// What draws them
    #[arg(long, default_value = "affine", value_parser = values::sampler(), requires = "draw")]
    pub sampler: SamplerSpec,
    /// Seed of the draws
    #[arg(long, default_value_t = 0, requires = "draw")]
    pub seed: u64,
}

/// What answers questions about decisions.
#[derive(Clone, Debug, Args)]
pub struct Asking {
    /// Worlds a decision; where no more exist, all are enumerated
    #[arg(long, value_name = "M", default_value_t = 200, value_parser = values::count::<u32>)]
    pub samples: u32,
    #[command(flatten)]
    pub pace: Pace,
    /// What draws the worlds
    #[arg(long, default_value = "affine", value_parser = values::sampler())]
    pub sampler: SamplerSpec,
    /// What makes some worlds likelier than others, as of `generate`
    #[arg(long, value_parser = values::posterior())]
    pub posterior: Option<Posterior>,
    /// Seed of the draws
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// What gives moves values; the evaluators of `generate`
    #[arg(long, default_value = "solver", value_parser = values::evaluator())]
    pub evaluator: String,
    /// Attention heads of the evaluator's network, where its file does not say how many
    #[arg(long)]
    pub heads: Option<usize>,
    /// Where to run: `auto`, `cpu`, `cuda[:i]` or `wgpu[:i]`
    #[arg(long, default_value = "auto", value_parser = values::device())]
    pub device: DeviceList,
    /// Device memory to stay within; `auto` is a quarter of the device's, at most 10GiB
    #[arg(long, default_value = "auto")]
    pub memory_budget: MemoryBudget,
}

/// Options of `evaluate`.
#[derive(Clone, Debug, Args)]
pub struct Evaluate {
    #[command(flatten)]
    pub asking: Asking,
    /// Share the samples between R independent runs of the sampler, and add the standard error of E[Q]
    #[arg(long, value_name = "R")]
    pub restarts: Option<u32>,
    /// What makes the choice; the policies of `generate`
    #[arg(long, default_value = "greedy", value_parser = values::policy())]
    pub policy: PolicySpec,
}

/// Options of `advise`.
#[derive(Clone, Debug, Args)]
pub struct Advise {
    /// The seven dominoes you were dealt, played ones included: "6-6 6-5 6-4 6-1 5-5 4-2 1-0"
    pub hand: Option<String>,
    /// What is trump: `sixes`, `6`, `doubles-trump`, `doubles-suit`, `notrump` … Unless given, what a bidder's hand is longest in
    #[arg(long, alias = "declaration", value_name = "NAME")]
    pub trump: Option<String>,
    /// What has been played, by everybody, in order: "6-6 6-1 6-5 6-0 | 5-5"
    #[arg(long, alias = "plays", value_name = "DOMINOES")]
    pub played: Option<String>,
    /// Your seat, 0-3 clockwise; unless given the one whose turn it is when seat 0 led
    #[arg(long)]
    pub seat: Option<String>,
    /// Who led the first trick; unless given the bidder, or what makes it your turn
    #[arg(long)]
    pub leader: Option<String>,
    /// Who bid; unless given who led
    #[arg(long)]
    pub bidder: Option<String>,
    /// What was bid: 30-42, `2 marks` …; 30 unless given
    #[arg(long)]
    pub bid: Option<String>,
    #[command(flatten)]
    pub asking: Asking,
    /// What "best" means: `p-make`, the chance of the contract, or `greedy`, points
    #[arg(long, default_value = "p-make", value_parser = values::policy())]
    pub policy: PolicySpec,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Options of `bid`.
///
/// Straight 42 only: nello, plunge, splash and sevens change the rules of play and are left out.
#[derive(Clone, Debug, Args)]
pub struct BidHand {
    /// The seven dominoes: "6-6 6-5 6-4 6-1 5-5 4-2 1-0"
    #[arg(required_unless_present = "calibrate")]
    pub hand: Option<String>,
    /// Marks of both sides in the race to seven, ours first: `3,4`
    #[arg(long, default_value = "0,0", value_parser = Marks::read)]
    pub score: Marks,
    /// Who dealt, seat 0-3; the next seat calls first, and the hand is of the seat whose turn it is after --bids
    #[arg(long, default_value = "3", value_parser = values::seat)]
    pub dealer: Seat,
    /// The calls so far, from the seat after the dealer on: "30 pass"
    #[arg(long, default_value = "")]
    pub bids: String,
    /// The bid that is thought of: 30-42, `2 marks` …; the lowest that is left unless given
    #[arg(long, value_parser = values::said_bid)]
    pub bid: Option<Bid>,
    /// What happens where everybody passes: `reshake`, or `dealer-bids` 30
    #[arg(long, default_value = "reshake", value_parser = values::all_pass)]
    pub all_pass: Passed,
    /// Worlds looked at with open hands
    #[arg(long, value_name = "M", default_value_t = 200, value_parser = values::count::<u32>)]
    pub samples: u32,
    /// Deals played out with each of the three likeliest declarations; a third with each of the others
    #[arg(long, default_value_t = 192, value_parser = values::count::<u32>)]
    pub deals: u32,
    /// Who plays them out, at all seats; players as in `arena`
    #[arg(long, value_name = "PLAYER", default_value = "quick")]
    pub player: String,
    /// Attention heads of the player's networks, where their files do not say how many
    #[arg(long)]
    pub heads: Option<usize>,
    /// Seed of the worlds; with --calibrate the number of the first hand
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Instead of a hand: take as many random ones, the longest suit declared, and say how often what is played out comes true,
    /// by tenths of the chance; --deals says how many deals sort a hand, as many predict it, and as many are dealt to see
    #[arg(long, value_name = "HANDS", value_parser = values::count::<u64>,
          conflicts_with_all = ["hand", "score", "dealer", "bids", "all_pass", "samples"])]
    pub calibrate: Option<u64>,
    /// With --calibrate: a file for the hands, one line of JSON each; hands that are there stay
    #[arg(short, long, requires = "calibrate", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
    /// With --calibrate: deals in play at once. Never changes a result
    #[arg(long, default_value_t = 16_384, requires = "calibrate", value_parser = values::count::<u64>)]
    pub batch: u64,
    /// Where to run: `auto`, `cpu`, `cuda[:i]` or `wgpu[:i]`
    #[arg(long, default_value = "auto", value_parser = values::device())]
    pub device: DeviceList,
    /// Device memory that the solver and the player each stay within; `auto` is a quarter of the device's, at most 10GiB
    #[arg(long, default_value = "auto")]
    pub memory_budget: MemoryBudget,
    /// Threads; 0 takes one a core. Never changes a result
    #[arg(long, default_value_t = 0)]
    pub threads: usize,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Options of `review`.
#[derive(Clone, Debug, Args)]
pub struct Review {
    /// The game: a dataset or one of its files, with --of-seed; a file with a transcript or JSON; `-` for stdin; or itself:
    /// "sixes leader 0 bid 30 | hand | hand | hand | hand | plays"
    #[arg(value_hint = ValueHint::AnyPath)]
    pub game: String,
    /// Seed of the game in a dataset
    #[arg(long)]
    pub of_seed: Option<u64>,
    #[command(flatten)]
    pub asking: Asking,
    /// A web page to write too
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub html: Option<PathBuf>,
    /// Go through the game in this terminal, play by play: arrows, `n` and `p` for mistakes, `t` for hidden hands, `q` to leave
    #[cfg(feature = "viewer")]
    #[arg(long, conflicts_with = "json")]
    pub view: bool,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Options of `arena`.
#[derive(Clone, Debug, Args)]
pub struct Arena {
    /// A player: words such as `p-make 50`, `greedy 200 sampler=uniform evaluator=cascade:5`, `p-make 200 posterior=contract`,
    /// `p-make 50 from=3 200` (from trick 3 on), `greedy adaptive=gap:0.95 min-samples=24 max-samples=400`; one of the names
    /// below; or `exec:PATH` for a program of the line protocol
    #[arg(required_unless_present = "table")]
    pub x: Option<String>,
    /// The other player
    #[arg(required_unless_present = "table")]
    pub y: Option<String>,
    /// Instead of X and Y: play the meetings of a file, a line `X | Y` each, or without one those of docs/PLAYERS.md, and print
    /// a table in Markdown
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = crate::arena::KNOWN,
          conflicts_with_all = ["x", "y", "picture"], value_hint = ValueHint::FilePath)]
    pub table: Option<String>,
    /// With --table: a document in Markdown in which the table goes between its two markers, as docs/PLAYERS.md has them
    #[arg(long, value_name = "DOCUMENT", requires = "table", value_hint = ValueHint::FilePath)]
    pub into: Option<PathBuf>,
    /// Deals; each is played twice, with seats swapped
    #[arg(long, default_value_t = 100, value_parser = values::count::<u64>)]
    pub deals: u64,
    /// Number of the first deal; with the players it says how everything goes
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// How deals get their contracts, in both games the same: `dropped-30` (no auction: the dealer is forced to 30 and declares its
    /// longest pip suit), `best` (it declares what makes 30 most often with open hands) or `auction` (all seats bid as in `generate
    /// --contract auction`, marks count the stake). An auction takes half a second of one core a deal
    #[arg(long, default_value = "dropped-30")]
    pub contracts: Contracts,
    /// The trick, 1-7, from which on the two play; before, --prefix plays all seats
    #[arg(long, value_name = "T", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=7))]
    pub from_trick: u8,
    /// Who plays the tricks before --from-trick
    #[arg(long, value_name = "PLAYER", default_value = "p-make 10")]
    pub prefix: String,
    /// Tell offence and defence apart: each deal is played a third time, by Y at all seats
    #[arg(long)]
    pub apart: bool,
    /// Stop as soon as the players are told apart at this level, such as 0.01; looking after every deal is allowed for
    #[arg(long, value_name = "ALPHA")]
    pub stop: Option<f64>,
    /// Where to run: `auto`, `cpu`, `cuda[:i]` or `wgpu[:i]`
    #[arg(long, default_value = "auto", value_parser = values::device())]
    pub device: DeviceList,
    /// Device memory that each player stays within; `auto` is a quarter of the device's, at most 10GiB
    #[arg(long, default_value = "auto")]
    pub memory_budget: MemoryBudget,
    /// Threads; 0 takes one a core
    #[arg(long, default_value_t = 0)]
    pub threads: usize,
    /// Deals in play at once. Never changes a result
    #[arg(long, value_parser = values::count::<u64>)]
    pub batch: Option<u64>,
    /// Attention heads of the players' networks, where their files do not say how many
    #[arg(long)]
    pub heads: Option<usize>,
    /// Processes at once of a player that is a program, 1-8
    #[arg(long, default_value_t = 2)]
    pub processes: usize,
    /// Seconds for one of its answers; after 10 failures it is asked no more, and loses
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    pub timeout: f64,
    /// A file for the hands, one line of JSON a deal; a match that is there goes on. With --table a directory, for two files a
    /// match: its hands, and its result
    #[arg(short, long, value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
    /// An SVG to draw of the match
    #[arg(long, value_hint = ValueHint::FilePath)]
    pub picture: Option<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Options of `engine`.
#[derive(Clone, Debug, Args)]
pub struct Engine {
    /// The player; the default answers within a second on one core
    #[arg(long, value_name = "PLAYER", default_value = PlayerSpec::DEFAULT)]
    pub player: String,
    /// Attention heads of the player's networks, where their files do not say how many
    #[arg(long)]
    pub heads: Option<usize>,
    /// Threads; 0 takes one a core
    #[arg(long, default_value_t = 1)]
    pub threads: usize,
    /// Instead of listening: play so many deals at all seats, one answer at a time, and say how long answers took
    #[arg(long, value_name = "DEALS", value_parser = values::count::<u64>)]
    pub measure: Option<u64>,
}
