//! `review --view`: a reviewed game in the terminal, play by play.
//!
//! [`state`] is what is shown and what keys change of it, [`draw`] turns it into a picture; only this file knows a terminal.

mod draw;
mod state;

pub use state::Viewer;

use crate::exit::BadInput;
use anyhow::Context;
use ratatui::crossterm::event::{self, Event, KeyEventKind};
use std::io::IsTerminal;

/// Refuses to draw where there is no terminal.
pub fn check() -> anyhow::Result<()> {
    if std::io::stdout().is_terminal() {
        return Ok(());
    }
    Err(BadInput::option(
        "--view",
        "expected a terminal to draw in, but stdout is none: leave it out, or take --html FILE",
    ))
}

/// Shows the viewer until it is left. The terminal is as before then, after a panic too.
pub fn show(mut viewer: Viewer) -> anyhow::Result<()> {
    let mut terminal = ratatui::try_init().context("cannot draw in this terminal")?;
    let seen = (|| {
        while !viewer.is_left() {
            terminal.draw(|frame| draw::draw(&viewer, frame))?;
            if let Event::Key(key) = event::read()?
                && key.kind != KeyEventKind::Release
            {
                viewer.press(key);
            }
        }
        std::io::Result::Ok(())
    })();
    ratatui::try_restore().context("cannot give the terminal back")?;
    seen.context("cannot draw in this terminal")
}
