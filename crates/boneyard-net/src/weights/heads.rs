//! The number of attention heads, which is in no shape: somebody has to say it.

use super::WeightsError;

/// What trainers call it.
pub const NAMES: [&str; 3] = ["n_heads", "num_heads", "nhead"];

/// What a file says under these names, if it says one thing.
pub fn agreed(said: &[(&str, usize)]) -> Result<Option<usize>, WeightsError> {
    let Some(&(name, heads)) = said.first() else { return Ok(None) };
    match said.iter().find(|&&(_, other)| other != heads) {
        None => Ok(Some(heads)),
        Some((other_name, other)) => Err(WeightsError::format(format!(
            "{name} is {heads} and {other_name} is {other}, expected one number of attention heads"
        ))),
    }
}

/// What is taken, of what the file says and what the caller does.
pub fn taken(said: Option<usize>, asked: Option<usize>) -> Result<Option<usize>, WeightsError> {
    match (said, asked) {
        (Some(said), Some(asked)) if said != asked => {
            Err(WeightsError::Heads { got: asked, expected: format!("the {said} of the file") })
        }
        _ => Ok(said.or(asked)),
    }
}
