//! Measures Boneyard on this machine: every variant of the catalogue, checked, timed, reported and drawn.
//!
//! ```console
//! $ cargo xtask bench --quick                                  # this machine's CPU, and its GPU if there is one
//! $ boneyard-bench --full --device cuda --baseline before.json # on a machine without Rust
//! ```
//!
//! One binary without other needs: build it with `cargo build --release -p boneyard-bench`, carry it to a machine
//! with a GPU. The tasks print a closer look at a device.

mod tasks;

use anyhow::{Context, Result, bail};
use boneyard::record::code_version;
use boneyard_bench::limits::Limited;
use boneyard_bench::report::{
    DeviceInfo, Outcome, Report, Row, compare, markdown, page::page, peer::Peer, table,
};
use boneyard_bench::run::{Measured, Selection, run};
use boneyard_bench::{DeviceSite, DeviceUse, HostSite, Kind, machine};
use boneyard_runtime::{Choice, Chosen, DeviceChoice, DeviceRuntime, Family, OnDevice, Probe, choose, probe};
use clap::Parser;
use cubecl::prelude::ComputeClient;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tasks::{Compared, Task, Tasks};

/// Check and time every variant of every problem, and draw what came of it.
#[derive(Parser)]
struct Options {
    /// Only problems whose id begins with this; `truth` and `scaling` count as problems
    #[arg(long)]
    problem: Option<String>,
    /// Only this variant, such as `affine` or `solver`
    #[arg(long)]
    variant: Option<String>,
    /// Where, separated by commas: `cpu`, `cuda[:i]`, `wgpu[:i]` or `auto`, a GPU if there is one; if not given,
    /// `auto` with --full and `cpu,auto` without
    #[arg(long, value_delimiter = ',')]
    device: Vec<DeviceChoice>,
    /// Small sizes, three minutes in all on two cores: the default
    #[arg(long, conflicts_with = "full")]
    quick: bool,
    /// Sizes that fill a GPU
    #[arg(long)]
    full: bool,
    /// A `bench.json` to compare with
    #[arg(long)]
    baseline: Option<PathBuf>,
    /// Figures of others, instead of those the program carries
    #[arg(long)]
    peer: Option<PathBuf>,
    /// Where `bench.json` and `bench.html` go
    #[arg(long, default_value = "target/bench")]
    out: PathBuf,
    /// List the entries and stop
    #[arg(long)]
    list: bool,
    /// Rewrite the measured section of `BENCHMARKS.md` here from these `bench.json`, and stop
    #[arg(long, num_args = 1.., value_name = "JSON")]
    write_benchmarks: Vec<PathBuf>,
    /// Draw the page of this `bench.json` again, beside --baseline and --peer, and stop
    #[arg(long, value_name = "JSON")]
    redraw: Option<PathBuf>,
    /// For tests: makes the laps of one entry longer, as in `reduce/points=20` for 20 %
    #[arg(long, hide = true)]
    slow: Option<String>,
    /// For tests: a lap counts as so many seconds, however long it took
    #[arg(long, hide = true)]
    lap_seconds: Option<f64>,
    /// Games of a batch, for tasks
    #[arg(long, default_value_t = 1000)]
    games: u64,
    /// Worlds a decision, for tasks
    #[arg(long, default_value_t = 1024)]
    samples: u32,
    /// Device memory to stay within, in MiB
    #[arg(long, default_value_t = 1024)]
    memory: u64,
    /// Launch searches as on a device with so many multiprocessors
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    multiprocessors: Option<u32>,
    /// Most turns of a launch of a search, instead of the device's
    #[arg(long, value_name = "TURNS", value_parser = clap::value_parser!(u32).range(1..))]
    launch_turns: Option<u32>,
    /// Threads of the CPU have a part in a device's searches
    #[arg(long)]
    with_cpu: bool,
    /// First ply that the task `solver` measures
    #[arg(long, default_value_t = 8)]
    from_ply: usize,
    /// Worlds that the task `referee` checks at least
    #[arg(long, default_value_t = 100_000_000)]
    worlds: u64,
    #[command(flatten)]
    compared: Compared,
    /// A closer look at a device instead of the catalogue, in this order
    #[arg(value_enum)]
    tasks: Vec<Task>,
}

impl Options {
    /// What is used of a device.
    fn using(&self, chosen: &Chosen) -> DeviceUse {
        let Self { memory, multiprocessors, launch_turns, with_cpu, .. } = *self;
        let is_hardware = matches!(chosen, Chosen::Device(info) if info.kind.is_hardware());
        DeviceUse { budget: memory << 20, multiprocessors, launch_turns, with_cpu, is_hardware }
    }
}

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    if !options.write_benchmarks.is_empty() {
        return write_benchmarks(&options.write_benchmarks).map(|()| ExitCode::SUCCESS);
    }
    if let Some(path) = &options.redraw {
        let figures = Figures::of(&options)?;
        return write_page(&options, &read_report(path)?, &figures).map(|()| ExitCode::SUCCESS);
    }
    let here = probe();
    if !options.tasks.is_empty() {
        println!("{}", here.to_string().trim_end());
        let choice = choose(options.device.first().copied().unwrap_or_default(), &here)?;
        println!("takes {} ({})", choice.chosen, choice.reason);
        let using = options.using(&choice.chosen);
        choice.chosen.run(Tasks { options, using })??;
        return Ok(ExitCode::SUCCESS);
    }
    bench(&options, &here)
}

/// The catalogue on every device asked for.
fn bench(options: &Options, here: &Probe) -> Result<ExitCode> {
    let figures = Figures::of(options)?;
    let selection = Selection {
        quick: !options.full,
        problem: options.problem.clone(),
        variant: options.variant.clone(),
        slowed: options.slow.as_deref().map(parse_slow).transpose()?,
        lap_seconds: options.lap_seconds,
    };
    let mut report = Report {
        mode: if options.full { "full" } else { "quick" }.to_owned(),
        code: code_version(),
        date: machine::today(),
        devices: Vec::new(),
        rows: Vec::new(),
        truth: Vec::new(),
        scaling: Vec::new(),
    };
    for chosen in devices(options, here)? {
        let on = Bench { options, chosen: &chosen, selection: &selection, figures: &figures };
        let Some((info, measured)) = chosen.run(on)?? else { continue };
        report.devices.push(info);
        report.rows.extend(measured.rows);
        report.truth.extend(measured.truth);
        report.scaling.extend(measured.scaling);
    }
    if options.list {
        return Ok(ExitCode::SUCCESS);
    }
    let nothing = report.rows.is_empty() && report.truth.is_empty() && report.scaling.is_empty();
    if nothing {
        bail!("no entry has this problem and variant here; --list shows what there is");
    }
    write(options, "bench.json", serde_json::to_string_pretty(&report)? + "\n")?;
    write_page(options, &report, &figures)?;
    let failed = report.rows.iter().filter(|row| matches!(row.outcome, Outcome::Failed(_))).count();
    if failed > 0 {
        eprintln!("{failed} entries failed");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// What rows are held against.
struct Figures {
    peer: Peer,
    baseline: Option<Report>,
}

impl Figures {
    fn of(options: &Options) -> Result<Self> {
        let peer = match &options.peer {
            None => Peer::shipped(),
            Some(path) => {
                let text =
                    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
                Peer::parse(&text).with_context(|| format!("in {}", path.display()))?
            }
        };
        Ok(Self { peer, baseline: options.baseline.as_deref().map(read_report).transpose()? })
    }
}

fn write_page(options: &Options, report: &Report, figures: &Figures) -> Result<()> {
    write(options, "bench.html", page(report, &figures.peer, figures.baseline.as_ref())?)
}

/// Writes a file of the output directory, and says so.
fn write(options: &Options, name: &str, text: String) -> Result<()> {
    fs::create_dir_all(&options.out).with_context(|| format!("cannot create {}", options.out.display()))?;
    let path = options.out.join(name);
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    println!("wrote {}", path.display());
    Ok(())
}

/// The devices asked for, each once.
fn devices(options: &Options, here: &Probe) -> Result<Vec<Chosen>> {
    let asked = match options.device.as_slice() {
        [] if options.full => &[DeviceChoice::Auto][..],
        [] => &[DeviceChoice::Cpu, DeviceChoice::Auto],
        asked => asked,
    };
    let mut devices = Vec::new();
    for &device in asked {
        let Choice { chosen, .. } = choose(device, here)?;
        if !devices.contains(&chosen) {
            devices.push(chosen);
        }
    }
    Ok(devices)
}

/// `problem/variant=20` is an entry and 0.2.
fn parse_slow(text: &str) -> Result<(String, f64)> {
    let (entry, percent) = text.rsplit_once('=').context("--slow: expected problem/variant=PERCENT")?;
    let percent: f64 = percent.parse().context("--slow: expected problem/variant=PERCENT")?;
    Ok((entry.to_owned(), percent / 100.0))
}

fn read_report(path: &Path) -> Result<Report> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} is no bench.json of this version", path.display()))
}

fn write_benchmarks(paths: &[PathBuf]) -> Result<()> {
    let reports: Vec<Report> = paths.iter().map(|path| read_report(path)).collect::<Result<_>>()?;
    let document = fs::read_to_string("BENCHMARKS.md").context("cannot read BENCHMARKS.md here")?;
    let section = markdown::section(&reports, &Peer::shipped());
    fs::write("BENCHMARKS.md", markdown::replace(&document, &section)?).context("cannot write BENCHMARKS.md")
}

/// One device's share of a report.
struct Bench<'a> {
    options: &'a Options,
    chosen: &'a Chosen,
    selection: &'a Selection,
    figures: &'a Figures,
}

impl Bench<'_> {
    /// `None` if there was only something to list.
    fn at<P: Limited + 'static>(&self, site: &P) -> Result<Option<(DeviceInfo, Measured)>> {
        if self.options.list {
            let entries = boneyard_bench::catalogue::catalogue(site);
            let ids = entries.iter().map(|entry| entry.id()).filter(|id| self.selection.wants(id));
            ids.for_each(|id| println!("{:8} {id}", site.name()));
            return Ok(None);
        }
        let (product, driver) = match self.chosen {
            Chosen::Device(info) if info.family == Family::Cuda => {
                (info.name.clone(), machine::nvidia_driver().unwrap_or_default())
            }
            Chosen::Device(info) => {
                let parts = std::iter::once(info.name.as_str()).chain(info.interface.as_deref());
                (parts.collect::<Vec<_>>().join(", "), info.driver.clone())
            }
            Chosen::Cpu => (machine::processor(), String::new()),
        };
        let info = DeviceInfo { name: site.name().to_owned(), product, driver, limits: site.limits()? };
        println!("{}", table::device(&info));
        let Figures { peer, baseline } = self.figures;
        let baseline = baseline.as_ref();
        if let Some(warning) = baseline.and_then(|baseline| compare::disturbance(&info, baseline)) {
            println!("{warning}");
        }
        println!("{}", table::header());
        let show = |row: &Row| println!("{}", table::row(row, peer, baseline));
        let measured = run(site, &info.limits, self.selection, show)?;
        if !measured.truth.is_empty() {
            println!("\n{}", table::truth(&measured.truth));
        }
        if !measured.scaling.is_empty() {
            println!("{}", table::scaling(&measured.scaling));
        }
        Ok(Some((info, measured)))
    }
}

impl OnDevice for Bench<'_> {
    type Output = Result<Option<(DeviceInfo, Measured)>>;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Self::Output {
        let kind = match self.chosen {
            Chosen::Device(info) if !info.kind.is_hardware() => Kind::Software,
            _ => Kind::Gpu,
        };
        let name = self.chosen.to_string();
        self.at(&DeviceSite { client, name, kind, using: self.options.using(self.chosen) })
    }

    fn on_cpu(self) -> Self::Output {
        self.at(&HostSite)
    }
}
