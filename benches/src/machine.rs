//! What is known of the machine.

use std::time::{SystemTime, UNIX_EPOCH};

/// Today, as `2026-05-01`, in UTC.
pub fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    civil(seconds / 86_400)
}

/// The date of a day counted from 1970-01-01, by the method of Howard Hinnant's "chrono-compatible low-level date
/// algorithms": years begin in March, so that a leap day is the last of its year.
fn civil(day: u64) -> String {
    let shifted = day + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02}")
}

/// The processor's name with the number of threads.
pub fn processor() -> String {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = value(&info, "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    format!("{name}, {threads} threads")
}

/// The version of NVIDIA's driver, if the system tells.
pub fn nvidia_driver() -> Option<String> {
    let text = std::fs::read_to_string("/sys/module/nvidia/version").ok()?;
    Some(text.trim().to_owned())
}

/// Bytes of this process in memory, if the system tells.
pub fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib: u64 = value(&status, "VmRSS")?.split(' ').next()?.parse().ok()?;
    Some(kib << 10)
}

/// The value behind a name in lines of `name : value`.
fn value(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        for (day, date) in [
            (0, "1970-01-01"),
            (31 + 27, "1970-02-28"),
            (31 + 28, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_453, "2025-12-31"),
            (20_454, "2026-01-01"),
        ] {
            assert_eq!(civil(day), date);
        }
    }

    #[test]
    fn values_are_found_by_name() {
        let text = "VmPeak:\t  10 kB\nVmRSS:\t  7 kB\nmodel name\t: Some CPU: fast\n";
        assert_eq!(value(text, "VmRSS").as_deref(), Some("7 kB"));
        assert_eq!(value(text, "model name").as_deref(), Some("Some CPU: fast"));
        assert_eq!(value(text, "Vm"), None);
    }
}
