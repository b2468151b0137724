use std::io;

use tracing::level_filters::LevelFilter;

/// One line per request to stderr, from now on. As JSON if asked for.
///
/// What enters a line is decided where the event is made; nothing is added here but the time and the level.
pub(super) fn start(json: bool) {
    let lines = tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(LevelFilter::INFO).with_target(false);
    // Somebody who listens already goes on listening.
    let _ = if json {
        tracing::subscriber::set_global_default(lines.json().finish())
    } else {
        tracing::subscriber::set_global_default(lines.finish())
    };
}
