//! What the page shows. Every text that is not written here is escaped: binding messages are the clients', names are the
//! configuration's.
use symbolon::{server::StoredDeferred, types::Digest};

use super::page::{Text, asked, notice_of, page};

/// The form in which a test user is chosen.
pub(super) fn sign_in<'a>(
    path: &str,
    token: Digest,
    logins: impl Iterator<Item = &'a str>,
    notice: Option<&str>,
) -> String {
    let logins: Vec<_> = logins.map(|login| format!("<option value=\"{0}\">{0}</option>\n", Text(login))).collect();
    let logins = logins.concat();
    let body = format!(
        "{}<form method=\"post\" action=\"{}\">\n\
         <input type=\"hidden\" name=\"csrf_token\" value=\"{}\">\n\
         <p><label>Test user: <select name=\"login\">\n<option value=\"\"></option>\n{logins}</select></label></p>\n\
         <p><button>Continue</button></p>\n\
         </form>\n",
        notice_of(notice),
        Text(path),
        Text(&token.to_base64url()),
    );
    page("Who asks for you", &body)
}

/// A request that waits for this user, and the token of the form in which it is decided.
pub(super) struct Shown<'a> {
    pub(super) deferred: &'a StoredDeferred,
    /// How the client is called by who registered it.
    pub(super) client_name: Option<&'a str>,
    pub(super) token: Digest,
}

/// All that waits for this user, each with the form in which it is decided.
pub(super) fn open(path: &str, login: &str, requests: &[Shown<'_>]) -> String {
    let requests: Vec<_> = requests.iter().map(|shown| request(path, login, shown)).collect();
    let body = if requests.is_empty() {
        format!("<p>Nobody asks for {}.</p>\n{}", Text(login), again(path))
    } else {
        format!(
            "<p><strong>Only approve what you started yourself, and where you see the same message.</strong>\n\
             Who asked gets what you allow.</p>\n{}{}",
            requests.concat(),
            again(path)
        )
    };
    page("Who asks for you", &body)
}

fn request(path: &str, login: &str, shown: &Shown<'_>) -> String {
    let Shown { deferred, client_name, token } = shown;
    let row = |name: &str, text: &str| format!("<dt>{}</dt><dd>{}</dd>\n", Text(name), Text(text));
    let name = client_name.map(|name| row("Name", name)).unwrap_or_default();
    let message = deferred.binding_message.as_deref().map(|message| row("Message", message)).unwrap_or_default();
    format!(
        "<dl>\n{}{name}{message}{}</dl>\n\
         <form method=\"post\" action=\"{}\">\n\
         <input type=\"hidden\" name=\"csrf_token\" value=\"{}\">\n\
         <input type=\"hidden\" name=\"request\" value=\"{}\">\n\
         <input type=\"hidden\" name=\"login\" value=\"{}\">\n\
         <p><button name=\"decision\" value=\"approve\">Approve</button>\n\
         <button name=\"decision\" value=\"deny\">Deny</button></p>\n\
         </form>\n",
        row("Client", deferred.client_id.as_str()),
        asked(&deferred.asked),
        Text(path),
        Text(&token.to_base64url()),
        Text(&deferred.id.to_base64url()),
        Text(login),
    )
}

/// A sentence, and the way back to the beginning.
pub(super) fn message(path: &str, sentence: &str) -> String {
    page("Who asks for you", &format!("<p>{}</p>\n{}", Text(sentence), again(path)))
}

fn again(path: &str) -> String {
    format!("<p><a href=\"{}\">Back</a></p>\n", Text(path))
}

#[cfg(test)]
mod tests {
    use symbolon::server::{AuthorizationDetails, Decided, Granted, Poll};
    use symbolon::types::{ClientId, Scope};
    use time::{Duration, UtcDateTime};

    use super::*;

    const MARKUP: &str = "\"'><script>alert(1)</script>&amp;";

    fn deferred() -> StoredDeferred {
        let mut asked = Granted::to_user("alice", Scope::parse("<b>openid</b>").unwrap());
        asked.resources = vec![MARKUP.into()];
        asked.authorization_details =
            AuthorizationDetails::parse(r#"[{"type":"<script>","a":"\"></pre><script>"}]"#).unwrap();
        StoredDeferred {
            id: Digest::from_bytes([1; 32]),
            user_code: None,
            client_id: ClientId::parse("<i>bank</i>").unwrap(),
            asked,
            binding_message: Some(MARKUP.into()),
            ping: None,
            expires: UtcDateTime::UNIX_EPOCH,
            poll: Poll { interval: Duration::seconds(5), last: None },
            decided: Decided::NotYet,
        }
    }

    #[test]
    fn no_text_of_others_is_markup() {
        let deferred = deferred();
        let token = Digest::from_bytes([2; 32]);
        let shown = Shown { deferred: &deferred, client_name: Some(MARKUP), token };
        let pages = [
            sign_in(MARKUP, token, [MARKUP].into_iter(), Some(MARKUP)),
            open(MARKUP, MARKUP, &[shown]),
            open(MARKUP, MARKUP, &[]),
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
    fn a_request_is_shown_with_all_that_it_asks_and_who_asks() {
        let mut deferred = deferred();
        deferred.client_id = ClientId::parse("bank").unwrap();
        deferred.asked.scope = Scope::parse("openid profile").unwrap();
        deferred.binding_message = Some("W4SCT".into());
        let token = Digest::from_bytes([2; 32]);
        let show = |deferred: &StoredDeferred, client_name| {
            open("/backchannel", "alice", &[Shown { deferred, client_name, token }])
        };
        let shown = show(&deferred, Some("The Bank"));
        let rows = ["<dd>bank</dd>", "<dd>The Bank</dd>", "<dd>W4SCT</dd>", "<dd>openid profile</dd>"];
        for row in rows.into_iter().chain(["<dt>Resource</dt>", "<dt>Authorization detail</dt>"]) {
            assert!(shown.contains(row), "{row}: {shown}");
        }
        deferred.binding_message = None;
        let bare = show(&deferred, None);
        assert!(!bare.contains("<dt>Message</dt>") && !bare.contains("<dt>Name</dt>"), "{bare}");
    }
}
