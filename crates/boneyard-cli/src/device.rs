//! Where to run.

use crate::exit::BadInput;
use std::io::Write;

/// A backend and the reason for it.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Its name, as records carry it.
    pub backend: String,
    pub why: String,
}

/// Takes what `--device` asks for.
pub fn choose(request: &str) -> anyhow::Result<Chosen> {
    let why = match request {
        "auto" => "auto: the only backend built in",
        "cpu" => "asked for",
        _ => {
            let (kind, index) = request.split_once(':').unwrap_or((request, "0"));
            let known = matches!(kind, "cuda" | "wgpu") && index.parse::<u16>().is_ok();
            let what = if known { "not built in yet" } else { "no such device" };
            let option = format!("--device {}", request.escape_debug());
            return Err(BadInput::option(&option, format_args!("{what}: expected auto or cpu")));
        }
    };
    Ok(Chosen { backend: "cpu".to_owned(), why: why.to_owned() })
}

/// Says what is here, which is chosen and why.
pub fn list(mut output: impl Write) -> anyhow::Result<()> {
    let chosen = choose("auto")?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    writeln!(output, "cpu    {cores} threads")?;
    writeln!(output, "cuda   not built in yet")?;
    writeln!(output, "wgpu   not built in yet")?;
    writeln!(output, "chosen {} ({})", chosen.backend, chosen.why)?;
    Ok(())
}
