//! What the page shows. Every text that is not written here is escaped: user codes are strangers', names are the
//! configuration's.
use core::fmt::{self, Display};

use symbolon::{
    server::{Granted, StoredDeferred},
    types::Digest,
};

/// The form in which a code is typed in.
pub(super) fn enter(path: &str, token: Digest, user_code: &str, notice: Option<&str>) -> String {
    let body = format!(
        "{}<form method=\"post\" action=\"{}\">\n\
         <input type=\"hidden\" name=\"csrf_token\" value=\"{}\">\n\
         <p><label>Code on your device: <input name=\"user_code\" value=\"{}\" autocomplete=\"off\"></label></p>\n\
         <p><button>Continue</button></p>\n\
         </form>\n",
        notice_of(notice),
        Text(path),
        Text(&token.to_base64url()),
        Text(user_code),
    );
    page("Connect a device", &body)
}

/// What a code is for, and the form in which it is decided.
pub(super) fn confirm<'a>(
    path: &str,
    token: Digest,
    user_code: &str,
    deferred: &StoredDeferred,
    logins: impl Iterator<Item = &'a str>,
    notice: Option<&str>,
) -> String {
    let logins: Vec<_> = logins.map(|login| format!("<option value=\"{0}\">{0}</option>\n", Text(login))).collect();
    let logins = logins.concat();
    let body = format!(
        "{}<p><strong>Only continue if you started this, on a device that you have before you, and it shows the code {}.</strong>\n\
         Whoever sent you the code or a link gets what you allow.</p>\n\
         <dl>\n<dt>Client</dt><dd>{}</dd>\n{}</dl>\n\
         <form method=\"post\" action=\"{}\">\n\
         <input type=\"hidden\" name=\"csrf_token\" value=\"{}\">\n\
         <input type=\"hidden\" name=\"user_code\" value=\"{}\">\n\
         <p><label>Test user who decides: <select name=\"login\">\n<option value=\"\"></option>\n{logins}</select></label></p>\n\
         <p><button name=\"decision\" value=\"approve\">Approve</button>\n\
         <button name=\"decision\" value=\"deny\">Deny</button></p>\n\
         </form>\n",
        notice_of(notice),
        Text(user_code),
        Text(deferred.client_id.as_str()),
        asked(&deferred.asked),
        Text(path),
        Text(&token.to_base64url()),
        Text(user_code),
    );
    page("Connect a device?", &body)
}

/// A sentence, and the way back to the beginning.
pub(super) fn message(path: &str, sentence: &str) -> String {
    let body = format!("<p>{}</p>\n<p><a href=\"{}\">Enter a code</a></p>\n", Text(sentence), Text(path));
    page("Connect a device", &body)
}

fn page(title: &str, body: &str) -> String {
    let title = Text(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n</head>\n<body>\n\
         <h1>{title}</h1>\n{body}</body>\n</html>\n"
    )
}

fn notice_of(notice: Option<&str>) -> String {
    notice.map(|notice| format!("<p role=\"alert\">{}</p>\n", Text(notice))).unwrap_or_default()
}

/// All that the client asks for: the user says yes to nothing that is not shown.
fn asked(asked: &Granted) -> String {
    let row = |name: &str, text: &str| format!("<dt>{}</dt><dd>{}</dd>\n", Text(name), Text(text));
    let mut rows = vec![row("Scope", &asked.scope.to_string())];
    rows.extend(asked.resources.iter().map(|resource| row("Resource", resource)));
    for detail in asked.authorization_details.objects() {
        let text = serde_json::to_string_pretty(detail).unwrap_or_default();
        rows.push(format!("<dt>Authorization detail</dt><dd><pre>{}</pre></dd>\n", Text(&text)));
    }
    rows.concat()
}

/// Text in HTML, between tags or in an attribute that stands in double quotes.
struct Text<'a>(&'a str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // What turns the direction of a line, or is not seen, makes one text look like another.
                other if is_invisible(other) => write!(f, "[U+{:04X}]", u32::from(other))?,
                other => fmt::Write::write_char(f, other)?,
            }
        }
        Ok(())
    }
}

/// Control characters but the line break of JSON, and marks of direction, width and joining.
fn is_invisible(character: char) -> bool {
    let is_mark = matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    );
    is_mark || (character.is_control() && character != '\n')
}

#[cfg(test)]
mod tests {
    use symbolon::server::{AuthorizationDetails, Decided, Poll};
    use symbolon::types::{ClientId, Scope};
    use time::{Duration, UtcDateTime};

    use super::*;

    const MARKUP: &str = "\"'><script>alert(1)</script>&amp;";

    #[test]
    fn no_text_of_others_is_markup() {
        let mut asked = Granted::to_client(Scope::parse("<b>read</b>").unwrap());
        asked.resources = vec![MARKUP.into()];
        asked.authorization_details =
            AuthorizationDetails::parse(r#"[{"type":"<script>","a":"\"></pre><script>"}]"#).unwrap();
        let deferred = StoredDeferred {
            id: Digest::from_bytes([1; 32]),
            user_code: None,
            client_id: ClientId::parse("<i>tv</i>").unwrap(),
            asked,
            binding_message: None,
            ping: None,
            expires: UtcDateTime::UNIX_EPOCH,
            poll: Poll { interval: Duration::seconds(5), last: None },
            decided: Decided::NotYet,
        };
        let token = Digest::from_bytes([2; 32]);
        let pages = [
            enter(MARKUP, token, MARKUP, Some(MARKUP)),
            confirm(MARKUP, token, MARKUP, &deferred, [MARKUP].into_iter(), Some(MARKUP)),
            message(MARKUP, MARKUP),
        ];
        for page in pages {
            for markup in ["<script", "</script", "<b>", "<i>", "\"'", "&amp;amp;x", "alert(1)<"] {
                assert!(!page.contains(markup), "{markup}: {page}");
            }
            // The twin: it is shown, as text.
            assert!(page.contains("&quot;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;"), "{page}");
        }
    }

    #[test]
    fn characters_that_nobody_sees_are_named() {
        assert_eq!(Text("a\u{202e}b\u{200b}\u{7}\n").to_string(), "a[U+202E]b[U+200B][U+0007]\n");
        assert_eq!(Text("WDJB-MJHT \u{e5}").to_string(), "WDJB-MJHT \u{e5}");
    }
}
