use core::fmt;
use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use symbolon::{
    crypto::{MacKey, RandomFailed},
    ring::PROVIDER,
    types::Digest,
};
use time::{Duration, UtcDateTime};

/// What makes and knows sessions of a page on which users decide. Nothing of a session is kept: its cookie is its id, its
/// end and a MAC over both, and its CSRF tokens are MACs over its id and what they are for.
pub(super) struct Sessions {
    /// Of this process alone: a restart ends all sessions.
    key: Arc<dyn MacKey>,
    name: String,
    /// What stands behind the value.
    attributes: String,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("name", &self.name).finish_non_exhaustive()
    }
}

/// How long a session lives: as long as a user code does.
pub(super) const SESSION: Duration = Duration::minutes(10);

impl Sessions {
    /// For a page at this path, of an issuer with https or, on loopback, without. Its cookie has the name of the page.
    pub(super) fn new(path: &str, is_https: bool) -> Result<Self, RandomFailed> {
        let mut key = [0; 32];
        PROVIDER.random.fill(&mut key)?;
        let seconds = SESSION.whole_seconds();
        let page = path.rsplit('/').next().unwrap_or_default();
        let (name, attributes) = if is_https {
            // Where the browser demands https for it, nobody else can set the cookie (RFC 6265bis §4.1.3.2).
            let name = format!("__Host-symbolon-{page}");
            (name, format!("Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}"))
        } else {
            (format!("symbolon-{page}"), format!("Path={path}; HttpOnly; SameSite=Strict; Max-Age={seconds}"))
        };
        Ok(Self { key: PROVIDER.hmac_sha256.load(&key), name, attributes })
    }

    /// A new session, and the cookie that is to be set.
    pub(super) fn begin(&self, now: UtcDateTime) -> Result<(Session, String), RandomFailed> {
        let mut id = [0; 16];
        PROVIDER.random.fill(&mut id)?;
        let id = URL_SAFE_NO_PAD.encode(id);
        let ends = now.saturating_add(SESSION).unix_timestamp();
        let mac = self.mac(&["session", &id, &ends.to_string()]).to_base64url();
        let Self { name, attributes, .. } = self;
        let cookie = format!("{name}={id}.{ends}.{mac}; {attributes}");
        Ok((Session { id }, cookie))
    }

    /// The session of these `Cookie` headers; `None` if there is none, if it is over, or if there are two: one of them is
    /// somebody else's.
    pub(super) fn find<'a>(&self, headers: impl Iterator<Item = &'a str>, now: UtcDateTime) -> Option<Session> {
        let pairs = headers.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut values = pairs.filter(|(name, _)| *name == self.name).map(|(_, value)| value);
        let (value, None) = (values.next()?, values.next()) else { return None };
        let mut parts = value.split('.');
        let (id, ends, mac, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else { return None };
        let is_ours = Digest::from_base64url(mac)? == self.mac(&["session", id, ends]);
        let is_over = ends.parse().ok().is_none_or(|ends: i64| ends <= now.unix_timestamp());
        (is_ours && !is_over).then(|| Session { id: id.to_owned() })
    }

    /// The token of the form that comes first.
    pub(super) fn enter_token(&self, session: &Session) -> Digest {
        self.mac(&["enter", &session.id])
    }

    /// The token of the form in which this is decided, a user code or a request. Only who was shown what it is for has it.
    pub(super) fn decide_token(&self, session: &Session, decided: Digest) -> Digest {
        self.mac(&["decide", &session.id, &decided.to_base64url()])
    }

    /// Over words without a dot, the first of which says what it is for.
    fn mac(&self, words: &[&str]) -> Digest {
        Digest::from_bytes(self.key.sign(&[words.join(".").as_bytes()]))
    }
}

/// A browser's visits to the page, within ten minutes.
#[derive(Debug)]
pub(super) struct Session {
    /// What wrong entries are counted by.
    pub(super) id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UtcDateTime {
        UtcDateTime::from_unix_timestamp(1_700_000_000_i64.saturating_add(seconds)).unwrap()
    }

    fn pair(cookie: &str) -> &str {
        cookie.split(';').next().unwrap()
    }

    #[test]
    fn a_session_is_found_by_its_cookie_for_ten_minutes_and_by_nothing_else() {
        let sessions = Sessions::new("/device", false).unwrap();
        let (session, cookie) = sessions.begin(at(0)).unwrap();
        let find =
            |headers: &[&str], seconds| sessions.find(headers.iter().copied(), at(seconds)).map(|session| session.id);
        let cookie = pair(&cookie);
        for headers in [&[cookie][..], &["a=b", cookie], &[&format!("a=b; {cookie}; c")]] {
            assert_eq!(find(headers, 599), Some(session.id.clone()), "{headers:?}");
            assert_eq!(find(headers, 600), None, "{headers:?}");
        }
        let (_, other) = sessions.begin(at(0)).unwrap();
        let (start, mac) = cookie.rsplit_once('.').unwrap();
        let (id, ends) = start.rsplit_once('.').unwrap();
        let later = format!("{id}.{}.{mac}", ends.parse::<i64>().unwrap().saturating_add(600));
        let of_another = format!("{start}.{}", pair(&other).rsplit_once('.').unwrap().1);
        let twice = format!("{cookie}; {}", pair(&other));
        let longer = format!("{cookie}.");
        for wrong in ["", "symbolon-device", "symbolon-device=", "symbolon-device=a.b.c", start, &later, &of_another] {
            assert_eq!(find(&[wrong], 0), None, "{wrong}");
        }
        for wrong in [&[&*twice][..], &[cookie, pair(&other)], &[&longer], &[&cookie.to_uppercase()]] {
            assert_eq!(find(wrong, 0), None, "{wrong:?}");
        }
        let restarted = Sessions::new("/device", false).unwrap();
        assert!(restarted.find([cookie].into_iter(), at(0)).is_none(), "of another process");
    }

    #[test]
    fn the_cookie_is_the_browsers_alone_and_with_https_nobody_else_can_set_it() {
        let cookie = |is_https| Sessions::new("/tenant/device", is_https).unwrap().begin(at(0)).unwrap().1;
        let (plain, secure) = (cookie(false), cookie(true));
        assert!(plain.starts_with("symbolon-device="), "{plain}");
        assert!(plain.ends_with("; Path=/tenant/device; HttpOnly; SameSite=Strict; Max-Age=600"), "{plain}");
        assert!(secure.starts_with("__Host-symbolon-device="), "{secure}");
        assert!(secure.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=600"), "{secure}");
    }

    #[test]
    fn a_token_is_of_one_session_one_form_and_one_code() {
        let sessions = Sessions::new("/device", false).unwrap();
        let ((one, _), (other, _)) = (sessions.begin(at(0)).unwrap(), sessions.begin(at(0)).unwrap());
        let (code, another) = (Digest::from_bytes([1; 32]), Digest::from_bytes([2; 32]));
        assert_eq!(sessions.enter_token(&one), sessions.enter_token(&one));
        assert_eq!(sessions.decide_token(&one, code), sessions.decide_token(&one, code));
        assert_ne!(sessions.enter_token(&one), sessions.enter_token(&other));
        assert_ne!(sessions.decide_token(&one, code), sessions.decide_token(&other, code));
        assert_ne!(sessions.decide_token(&one, code), sessions.decide_token(&one, another));
        assert_ne!(sessions.decide_token(&one, code), sessions.enter_token(&one));
    }
}
