//! Writes a network that knows nothing: `random_network FILE [WIDTH HEADS LAYERS FEED_FORWARD [SEED]]`, to measure
//! speed with.

use boneyard_net::{Architecture, Weights};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("a file to write to is missing")?;
    let numbers: Vec<usize> = arguments.map(|number| number.parse()).collect::<Result<_, _>>()?;
    let (sizes, seed) = match numbers[..] {
        [] => ([128, 8, 4, 512], 0),
        [a, b, c, d] => ([a, b, c, d], 0),
        [a, b, c, d, seed] => ([a, b, c, d], seed),
        _ => return Err("expected no, four or five numbers after the file".into()),
    };
    let [width, heads, layers, feed_forward] = sizes;
    let architecture = Architecture { width, heads, layers, feed_forward };
    std::fs::write(&file, Weights::random(architecture, seed as u64)?.to_safetensors())?;
    println!("{file}: {} parameters", architecture.parameters());
    Ok(())
}
