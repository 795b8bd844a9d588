//! `bid`: what a hand is worth in the auction; and whether what it says comes true.

use crate::cli::BidHand;
use crate::exit::{BadInput, of_arena, of_run, print, say, translated};
use crate::rows::{Row, Rows};
use crate::seats;
use boneyard::StandardBackend;
use boneyard::core::Host;
use boneyard::prospects::{OpenHands, OpenOnDevice};
use boneyard::rules::{Auction, Bid, Call, SLOTS, words};
use boneyard_arena::bids::{Bids, Question};
use boneyard_arena::{AnyPlayer, Calibration, PlayerSpec, Tenth, Terms, Tried};
use boneyard_run::{place, threads};
use boneyard_runtime::{Chosen, ComputeClient, DeviceRuntime, OnDevice, Uses};
use serde_json::json;
use std::process::ExitCode;

/// Runs the command.
pub fn run(options: &BidHand) -> anyhow::Result<ExitCode> {
    let spec = PlayerSpec::read(&options.player, options.heads).map_err(of_arena)?;
    let most = 100_000;
    for (name, n) in [("--samples", options.samples), ("--deals", options.deals)] {
        if !(1..=most).contains(&n) {
            return Err(BadInput::option(name, format!("expected 1 to {most}, got {n}")));
        }
    }
    if options.out.is_some() && options.calibrate.is_none() {
        return Err(BadInput::option("--out", "expected --calibrate HANDS beside it, whose hands it keeps"));
    }
    match (&options.hand, options.calibrate) {
        (Some(hand), None) => {
            let question = question(options, hand)?;
            let bids = at_work(options, &spec, u64::from(options.deals) * 16 / 3, Asked(&question))?;
            print(if options.json { serde_json::to_string(&bids)? } else { bids.to_string() }.trim_end())?;
        }
        (_, Some(hands)) => calibrate(options, &spec, hands)?,
        (None, None) => return Err(BadInput::option("HAND", "expected 7 dominoes")),
    }
    Ok(ExitCode::SUCCESS)
}

/// What is done with a player, and what solves open hands beside it.
trait Work {
    type Output;

    fn run(self, on: &mut (impl OpenHands + Send), player: &mut AnyPlayer) -> anyhow::Result<Self::Output>;
}

/// The table of a hand.
struct Asked<'a>(&'a Question);

impl Work for Asked<'_> {
    type Output = Bids;

    fn run(self, on: &mut (impl OpenHands + Send), player: &mut AnyPlayer) -> anyhow::Result<Bids> {
        Bids::of(self.0, on, player).map_err(of_arena)
    }
}

/// Has the work done on the device that is asked for, where about so many hands are played.
fn at_work<W: Work + Send>(
    options: &BidHand,
    spec: &PlayerSpec,
    hands: u64,
    work: W,
) -> anyhow::Result<W::Output>
where
    W::Output: Send,
{
    let choice = seats::choose(&options.device, std::slice::from_ref(spec), hands)?;
    let budget = place::memory_budget(options.memory_budget.bytes(), std::slice::from_ref(&choice));
    if choice.chosen != Chosen::Cpu {
        say(&format!("on {choice} ({})", choice.reason));
    }
    let session = Session { spec, uses: choice.uses(), budget, work };
    threads::pool(options.threads).map_err(of_run)?.install(|| choice.chosen.run(session))?
}

/// Work that waits for its backend.
struct Session<'a, W> {
    spec: &'a PlayerSpec,
    uses: Uses,
    budget: u64,
    work: W,
}

impl<W: Work> Session<'_, W> {
    fn player<B: StandardBackend>(&self, backend: impl FnMut() -> B) -> anyhow::Result<AnyPlayer> {
        self.spec.build(backend, Terms::default()).map_err(of_arena)
    }
}

impl<W: Work> OnDevice for Session<'_, W> {
    type Output = anyhow::Result<W::Output>;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Self::Output {
        let device = || place::device(client.clone(), self.uses, self.budget);
        let mut player = self.player(device)?;
        let mut open = OpenOnDevice::new(device()).map_err(translated)?;
        self.work.run(&mut open, &mut player)
    }

    fn on_cpu(self) -> Self::Output {
        let mut player = self.player(Host::default)?;
        self.work.run(&mut Host::default(), &mut player)
    }
}

impl Row for Tried {
    fn number(&self) -> u64 {
        self.hand
    }
}

/// Random hands, tried batch by batch, resumable.
struct Trying<'a> {
    calibration: Calibration,
    rows: Rows<Tried>,
    options: &'a BidHand,
    hands: u64,
}

impl Work for Trying<'_> {
    type Output = Vec<Tried>;

    fn run(mut self, _: &mut (impl OpenHands + Send), player: &mut AnyPlayer) -> anyhow::Result<Vec<Tried>> {
        let (first, end) = (self.options.seed, self.options.seed + self.hands);
        let mut tried = self.rows.take(first, self.hands);
        let batch = (self.options.batch / (3 * u64::from(self.calibration.deals))).max(1);
        while first + (tried.len() as u64) < end {
            let next = first + tried.len() as u64;
            let more = self.calibration.play(player, next..(next + batch).min(end)).map_err(of_arena)?;
            self.rows.add(&more)?;
            tried.extend(more);
        }
        Ok(tried)
    }
}

fn calibrate(options: &BidHand, spec: &PlayerSpec, hands: u64) -> anyhow::Result<()> {
    if hands == 0 || options.seed.checked_add(hands).is_none() {
        let what = "expected at least 1, the last of which fits 64 bits with --seed";
        return Err(BadInput::option(&format!("--calibrate {hands}"), what));
    }
    let (bid, deals) = (options.bid.unwrap_or(Bid::THIRTY), options.deals);
    let calibration = Calibration { bid, deals };
    let header = json!({
        "player": seats::identity(spec), "bid": bid.value(), "deals": deals, "seed": options.seed,
    });
    let rows = Rows::open(options.out.as_deref(), &header)?;
    let work = Trying { calibration, rows, options, hands };
    let hands_played = hands.saturating_mul(3 * u64::from(deals));
    let tried = at_work(options, spec, hands_played, work)?;
    let (tenths, of_hands) = (calibration.tenths(&tried), calibration.tenths_of_hands(&tried));
    if options.json {
        let answer = json!({
            "player": spec.to_string(), "bid": bid.value(), "hands": hands, "deals": deals, "tenths": tenths,
            "tenths_of_hands": of_hands,
        });
        return print(&answer.to_string());
    }
    print(&format!(
        "{hands} hands, a bid of {bid}, played out by {spec}: what a lot of {deals} deals predicts and how often another lot of\n\
         deals made it, in percent, with 95 % intervals. A third lot sorts the hands.\n\n\
         By tenths of the chance\n{}\nBy tenths of the hands\n{}",
        table(&tenths),
        table(&of_hands).trim_end()
    ))
}

/// Tenths with hands in them, and how far off the worst is.
fn table(tenths: &[Tenth]) -> String {
    let tenths: Vec<&Tenth> = tenths.iter().filter(|it| it.hands > 0).collect();
    let mut text = "tenth        hands predicted           came true     less predicted\n".to_owned();
    tenths.iter().for_each(|tenth| text += &format!("{tenth}\n"));
    let off = |it: &Tenth| it.difference.mean.abs();
    if let Some(it) = tenths.iter().max_by(|a, b| off(a).total_cmp(&off(b))) {
        text += &format!(
            "The worst is off by {:.1} points, with a standard error of {:.1}.",
            100.0 * off(it),
            100.0 * it.difference.error
        );
        let told: Vec<f64> = tenths
            .iter()
            .filter(|it| it.difference.error > 0.0)
            .map(|it| (it.difference.mean / it.difference.error).powi(2))
            .collect();
        text += &format!(
            " Together they are off by chi² = {:.1} with {} degrees of freedom.\n",
            told.iter().sum::<f64>(),
            told.len()
        );
    }
    text
}

fn question(options: &BidHand, hand: &str) -> anyhow::Result<Question> {
    let dominoes = words::dominoes(hand).map_err(|error| BadInput::option("HAND", error))?;
    let set = dominoes.iter().fold(0, |set, domino| set | domino.bit());
    if dominoes.len() != SLOTS || set.count_ones() as usize != SLOTS {
        let what = format!("expected 7 different dominoes, got {}: {hand}", dominoes.len());
        return Err(BadInput::option("HAND", what));
    }
    let mut auction = Auction::new(options.dealer, options.all_pass);
    for call in options.bids.split([' ', ',']).filter(|call| !call.is_empty()) {
        let heard = call.parse::<Call>().and_then(|call| auction.call(call));
        heard.map_err(|error| BadInput::option("--bids", error))?;
    }
    let Some(lowest) = auction.bids().first().copied().filter(|_| auction.turn().is_some()) else {
        return Err(BadInput::option("--bids", "expected at most three calls, and room for one more bid"));
    };
    Ok(Question {
        hand: set,
        auction,
        score: options.score,
        bid: options.bid.unwrap_or(lowest),
        worlds: options.samples,
        deals: options.deals,
        seed: options.seed,
    })
}
