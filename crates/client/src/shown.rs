use alloc::string::String;

/// A received text for a log: escaped and shortened (security decision D21).
pub(crate) fn shown(text: &str) -> String {
    text.escape_default().take(SHOWN_CHARS).collect()
}

/// How much of a received text is kept, in characters. Descriptions of providers are a sentence with a trace id.
const SHOWN_CHARS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_peer_wrote_breaks_no_line() {
        assert_eq!(shown("a\nb\u{1b}[0m\"\u{202e}"), "a\\nb\\u{1b}[0m\\\"\\u{202e}");
        assert_eq!(shown(&"x".repeat(1_000)).len(), SHOWN_CHARS);
    }
}
