//! The catalogue of the host through Criterion: `cargo bench -p boneyard-bench -- reduce`.
//!
//! The same problems and variants as `cargo xtask bench`, checked in the same way before they are timed, with Criterion's
//! statistics and history. Devices, limits and reports are the other command's.

use boneyard_bench::catalogue::{Prepared, catalogue};
use boneyard_bench::{HostSite, Size};
use criterion::{Criterion, Throughput};
use std::time::Duration;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    // Criterion's filter, if it comes first, saves checking what is not wanted.
    let wanted = std::env::args().nth(1).filter(|argument| !argument.starts_with('-')).unwrap_or_default();
    let site = HostSite;
    for mut entry in catalogue(&site) {
        let id = entry.id();
        if !id.to_string().contains(&wanted) {
            continue;
        }
        if !entry.is_for(Size::Tiny) {
            println!("{id}: skipped: too large for this; `boneyard-bench --full` times it");
            continue;
        }
        let checked = entry.check(&site, Size::Tiny).unwrap_or_else(|error| panic!("{id}: {error:#}"));
        println!("{id}: {checked}");
        let mut lap = match entry.prepare(&site, Size::Tiny).expect("it can be prepared") {
            Prepared::Ready(lap) => lap,
            Prepared::Skipped(why) => {
                println!("{id}: skipped: {why}");
                continue;
            }
        };
        let units = lap().expect("a lap").units;
        let mut group = criterion.benchmark_group(&id.problem);
        group.throughput(Throughput::Elements(units as u64));
        group.bench_function(&id.variant, |bencher| {
            bencher.iter_custom(|laps| {
                let seconds: f64 = (0..laps).map(|_| lap().expect("a lap").seconds).sum();
                Duration::from_secs_f64(seconds)
            });
        });
        group.finish();
    }
    criterion.final_summary();
}
