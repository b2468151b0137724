//! What the page shows. Every text that is not written here is escaped: user codes are strangers', names are the
//! configuration's.
use symbolon::{server::StoredDeferred, types::Digest};

use super::page::{Text, asked, notice_of, page};

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

#[cfg(test)]
mod tests {
    use symbolon::server::{AuthorizationDetails, Decided, Granted, Poll};
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
