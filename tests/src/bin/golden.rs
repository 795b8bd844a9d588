//! Checks every file of a directory of golden data: `golden DIR`.

use boneyard_tests::golden;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(dir) = std::env::args().nth(1) else {
        eprintln!("golden: expected a directory of golden data");
        return ExitCode::from(2);
    };
    let reports = match golden::check_dir(Path::new(&dir)) {
        Ok(reports) => reports,
        Err(error) => {
            eprintln!("golden: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    for report in &reports {
        println!("{report}");
    }
    let failed = reports.iter().filter(|report| !report.is_good()).count();
    let compared: usize = reports.iter().map(golden::Report::compared).sum();
    println!("{compared} values compared in {} files", reports.len());
    if failed > 0 {
        eprintln!("golden: {failed} of {} files of {dir} failed", reports.len());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
