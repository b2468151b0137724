use core::fmt;

use symbolon_types::{Alg, AuthMethod};
use time::Duration;

use crate::{
    AssertionAudience, AssertionPolicy, AuthMethodSet, CodePolicy, ConcurrentRedemption, DeferredPolicy, DpopNonce,
    DpopPolicy, GrantSet, IdTokenPolicy, Limits, PkcePolicy, Policy, Profile, RefreshForm, RefreshMode, RefreshPolicy,
    ResponsePolicy, SenderConstraint,
};

/// What a policy enforces, a line for each of its fields (security decision D28). `Display` prints the lines.
///
/// No field can be left out: one that is added to [`Policy`] or to a part does not compile until it stands here.
///
/// ```
/// use symbolon_policy::Policy;
///
/// let mut policy = Policy::OAUTH_2_1;
/// policy.pkce.legacy_optional_for_confidential_clients = true;
/// let text = policy.report().to_string();
/// assert!(text.starts_with("name: OAuth 2.1\nprofile: oauth_2_1\n"));
/// assert!(text.contains("\ncode.lifetime: 1m\n"));
/// assert!(text.contains("\npkce.legacy_optional_for_confidential_clients: yes (legacy)\n"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Report(Policy);

impl Policy {
    /// What it enforces, field by field.
    #[must_use]
    pub const fn report(&self) -> Report {
        Report(*self)
    }

    /// The names of the looser fields that are on.
    pub fn legacy(&self) -> impl Iterator<Item = &'static str> {
        self.report().lines().filter(ReportLine::is_legacy).map(|line| line.field)
    }
}

impl Report {
    /// A line for each field, in the order in which they stand in [`Policy`].
    pub fn lines(&self) -> impl Iterator<Item = ReportLine> + use<> {
        /// Takes the policy and its parts to pieces, in full, and makes a line of each piece.
        macro_rules! lines {
            ($policy:expr => Policy { $($field:ident)* } $($part:ident: $Part:ident { $($piece:ident)* })*) => {{
                let Policy { $($field,)* $($part,)* } = $policy;
                [$(ReportLine::new(stringify!($field), stringify!($field), $field)),*].into_iter()
                $(.chain({
                    let $Part { $($piece),* } = $part;
                    [$(ReportLine::new(
                        concat!(stringify!($part), ".", stringify!($piece)),
                        stringify!($piece),
                        $piece,
                    )),*]
                }))*
            }};
        }

        lines! { self.0 =>
            Policy { name profile grants auth_methods sender_constraint }
            assertion: AssertionPolicy {
                audience max_lifetime exp_leeway future_leeway algorithms mac_algorithms by_grant legacy_types
                legacy_kid_beside_x5c max_jti_bytes
            }
            dpop: DpopPolicy {
                nonce nonce_lifetime max_age future_leeway algorithms max_jti_bytes max_proof_bytes
                legacy_beside_mutual_tls
            }
            pkce: PkcePolicy { legacy_optional_for_confidential_clients legacy_plain }
            code: CodePolicy { lifetime client_id_required concurrent_redemption }
            refresh: RefreshPolicy { mode form idle_lifetime max_lifetime public_clients legacy_grace_without_binding }
            deferred: DeferredPolicy { lifetime interval }
            response: ResponsePolicy {
                refresh_expiry_member bearer legacy_numeric_strings legacy_missing_token_type legacy_scope_array
                legacy_created legacy_content_type
            }
            id_token: IdTokenPolicy { exp_leeway future_leeway default_algorithm lifetime acr_levels }
            limits: Limits { keys_per_client jwt_bytes jwk_set_bytes response_bytes }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A field of a policy and what it says: `Display` prints both, and `(legacy)` behind a looser field that is on.
///
/// ```
/// use symbolon_policy::Policy;
///
/// let report = Policy::FAPI_2_0.report();
/// let line = report.lines().find(|line| line.field() == "dpop.algorithms").ok_or("a field")?;
/// assert_eq!(line.value().to_string(), "ES256 Ed25519 EdDSA PS256");
/// assert_eq!(line.to_string(), "dpop.algorithms: ES256 Ed25519 EdDSA PS256");
/// assert!(!line.is_legacy());
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ReportLine {
    field: &'static str,
    value: Value,
    is_legacy: bool,
}

impl ReportLine {
    /// `name` is the last part of `field`.
    fn new(field: &'static str, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        Self { field, value, is_legacy: value.is_legacy() || (name.starts_with("legacy_") && value.is_on()) }
    }

    /// The field, with its part: `assertion.audience`.
    pub const fn field(&self) -> &'static str {
        self.field
    }

    /// What it says: `yes` or `no`, a number, a length of time, registered names. `others` are the methods of client
    /// authentication that only the embedding program knows.
    pub fn value(&self) -> impl fmt::Display + use<> {
        self.value
    }

    /// Whether it is looser than this version recommends: a field whose name begins with `legacy_`, or a value that does.
    pub const fn is_legacy(&self) -> bool {
        self.is_legacy
    }
}

impl fmt::Display for ReportLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, value, is_legacy } = self;
        write!(f, "{field}: {value}{}", if *is_legacy { " (legacy)" } else { "" })
    }
}

/// What a field says. Each type that a field may have is one.
#[derive(Clone, Copy, Debug)]
enum Value {
    Flag(bool),
    Number(usize),
    Time(Duration),
    Choice(&'static str),
    Text(&'static str),
    Texts(&'static [&'static str]),
    Algorithms(&'static [Alg]),
    Algorithm(Alg),
    Grants(GrantSet),
    AuthMethods(AuthMethodSet),
    Grace(Duration),
    Levels(&'static [&'static [&'static str]]),
}

impl Value {
    /// Whether a looser field with this value is on.
    const fn is_on(self) -> bool {
        match self {
            Self::Flag(on) => on,
            Self::Texts(texts) => !texts.is_empty(),
            _ => true,
        }
    }

    /// Whether the value itself says that it is looser.
    fn is_legacy(self) -> bool {
        matches!(self, Self::Choice(name) if name.starts_with("legacy_"))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Flag(on) => f.write_str(if on { "yes" } else { "no" }),
            Self::Number(number) => number.fmt(f),
            // Exact, and in the units that people use: `5m`, `30d`.
            Self::Time(time) => time.fmt(f),
            Self::Choice(text) | Self::Text(text) => f.write_str(text),
            Self::Texts(texts) => list(f, texts),
            Self::Algorithms(algorithms) => list(f, algorithms),
            Self::Algorithm(algorithm) => algorithm.fmt(f),
            Self::Grants(grants) => list(f, grants.iter()),
            Self::AuthMethods(methods) => {
                let others = methods.has(AuthMethodSet::OTHER).then(|| AuthMethod::Other("others".into()));
                list(f, methods.iter().chain(others))
            }
            Self::Grace(grace) => write!(f, "single_successor, grace {grace}"),
            Self::Levels(levels) => joined(f, levels.iter().map(|level| Level(level)), " < "),
        }
    }
}

/// Texts that say the same.
struct Level(&'static [&'static str]);

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        joined(f, self.0, " = ")
    }
}

/// The items with a space between, or `nothing`.
fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: impl IntoIterator<Item = T>) -> fmt::Result {
    joined(f, items, " ")
}

/// The items with this between, or `nothing`.
fn joined<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    items: impl IntoIterator<Item = T>,
    between: &str,
) -> fmt::Result {
    let mut items = items.into_iter();
    match items.next() {
        None => f.write_str("nothing"),
        Some(first) => {
            first.fmt(f)?;
            items.try_for_each(|item| write!(f, "{between}{item}"))
        }
    }
}

macro_rules! value_from {
    ($($kind:ty => $value:ident),* $(,)?) => {
        $(impl From<$kind> for Value {
            fn from(value: $kind) -> Self {
                Self::$value(value)
            }
        })*
    };
}

value_from! {
    bool => Flag,
    usize => Number,
    Duration => Time,
    &'static str => Text,
    &'static [&'static str] => Texts,
    &'static [&'static [&'static str]] => Levels,
    &'static [Alg] => Algorithms,
    Alg => Algorithm,
    GrantSet => Grants,
    AuthMethodSet => AuthMethods,
}

macro_rules! choice_from {
    ($($kind:ident { $($variant:ident = $name:literal),* $(,)? })*) => {
        $(impl From<$kind> for Value {
            fn from(value: $kind) -> Self {
                Self::Choice(match value {
                    $($kind::$variant => $name,)*
                })
            }
        })*
    };
}

choice_from! {
    Profile { OAuth21 = "oauth_2_1", OpenIdConnect = "openid_connect", Fapi2 = "fapi_2_0" }
    SenderConstraint { Optional = "optional", Required = "required" }
    AssertionAudience {
        IssuerString = "issuer_string",
        Issuer = "issuer",
        LegacyIssuerOrTokenEndpoint = "legacy_issuer_or_token_endpoint",
    }
    DpopNonce { Off = "off", Required = "required" }
    ConcurrentRedemption { Revoke = "revoke", RefuseOnly = "refuse_only" }
    RefreshForm { Tagged = "tagged", Jwt = "jwt" }
}

impl From<RefreshMode> for Value {
    fn from(mode: RefreshMode) -> Self {
        match mode {
            RefreshMode::FamilyStrict => Self::Choice("family_strict"),
            RefreshMode::SingleSuccessor { grace } => Self::Grace(grace),
            RefreshMode::Stable => Self::Choice("stable"),
        }
    }
}

impl From<Option<&'static str>> for Value {
    fn from(text: Option<&'static str>) -> Self {
        text.map_or(Self::Choice("nothing"), Self::Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case = (&'static str, &'static str, fn(&mut Policy));

    /// A change of every field, and what it says then.
    const CHANGES: [Case; 52] = [
        ("name", "another", |p| p.name = "another"),
        ("profile", "fapi_2_0", |p| p.profile = Profile::Fapi2),
        ("grants", "refresh_token", |p| p.grants = GrantSet::REFRESH_TOKEN),
        ("auth_methods", "private_key_jwt none others", |p| {
            p.auth_methods = AuthMethodSet::PRIVATE_KEY_JWT.and(AuthMethodSet::NONE).and(AuthMethodSet::OTHER);
        }),
        ("sender_constraint", "required", |p| p.sender_constraint = SenderConstraint::Required),
        ("assertion.audience", "issuer_string", |p| p.assertion.audience = AssertionAudience::IssuerString),
        ("assertion.max_lifetime", "2m", |p| p.assertion.max_lifetime = Duration::seconds(120)),
        ("assertion.exp_leeway", "10s1ms", |p| p.assertion.exp_leeway = Duration::milliseconds(10_001)),
        ("assertion.future_leeway", "1m", |p| p.assertion.future_leeway = Duration::seconds(60)),
        ("assertion.algorithms", "PS256 ES256", |p| p.assertion.algorithms = &[Alg::Ps256, Alg::Es256]),
        ("assertion.mac_algorithms", "nothing", |p| p.assertion.mac_algorithms = &[]),
        ("assertion.by_grant", "yes", |p| p.assertion.by_grant = true),
        ("assertion.legacy_types", "jose jwt+x", |p| p.assertion.legacy_types = &["jose", "jwt+x"]),
        ("assertion.legacy_kid_beside_x5c", "yes", |p| p.assertion.legacy_kid_beside_x5c = true),
        ("assertion.max_jti_bytes", "127", |p| p.assertion.max_jti_bytes = 127),
        ("dpop.nonce", "required", |p| p.dpop.nonce = DpopNonce::Required),
        ("dpop.nonce_lifetime", "10m", |p| p.dpop.nonce_lifetime = Duration::minutes(10)),
        ("dpop.max_age", "30s", |p| p.dpop.max_age = Duration::seconds(30)),
        ("dpop.future_leeway", "0s", |p| p.dpop.future_leeway = Duration::ZERO),
        ("dpop.algorithms", "ES256", |p| p.dpop.algorithms = &[Alg::Es256]),
        ("dpop.max_jti_bytes", "127", |p| p.dpop.max_jti_bytes = 127),
        ("dpop.max_proof_bytes", "2048", |p| p.dpop.max_proof_bytes = 2048),
        ("dpop.legacy_beside_mutual_tls", "yes", |p| p.dpop.legacy_beside_mutual_tls = true),
        ("pkce.legacy_optional_for_confidential_clients", "yes", |p| {
            p.pkce.legacy_optional_for_confidential_clients = true;
        }),
        ("pkce.legacy_plain", "yes", |p| p.pkce.legacy_plain = true),
        ("code.lifetime", "30s", |p| p.code.lifetime = Duration::seconds(30)),
        ("code.client_id_required", "yes", |p| p.code.client_id_required = true),
        ("code.concurrent_redemption", "refuse_only", |p| {
            p.code.concurrent_redemption = ConcurrentRedemption::RefuseOnly;
        }),
        ("refresh.mode", "single_successor, grace 30s", |p| {
            p.refresh.mode = RefreshMode::SingleSuccessor { grace: Duration::seconds(30) };
        }),
        ("refresh.form", "jwt", |p| p.refresh.form = RefreshForm::Jwt),
        ("refresh.idle_lifetime", "1d", |p| p.refresh.idle_lifetime = Duration::days(1)),
        ("refresh.max_lifetime", "31d", |p| p.refresh.max_lifetime = Duration::days(31)),
        ("refresh.public_clients", "no", |p| p.refresh.public_clients = false),
        ("refresh.legacy_grace_without_binding", "yes", |p| p.refresh.legacy_grace_without_binding = true),
        ("deferred.lifetime", "5m", |p| p.deferred.lifetime = Duration::minutes(5)),
        ("deferred.interval", "1s", |p| p.deferred.interval = Duration::seconds(1)),
        ("response.refresh_expiry_member", "refresh_expires_in", |p| {
            p.response.refresh_expiry_member = Some("refresh_expires_in");
        }),
        ("response.bearer", "bearer", |p| p.response.bearer = "bearer"),
        ("response.legacy_numeric_strings", "yes", |p| p.response.legacy_numeric_strings = true),
        ("response.legacy_missing_token_type", "yes", |p| p.response.legacy_missing_token_type = true),
        ("response.legacy_scope_array", "yes", |p| p.response.legacy_scope_array = true),
        ("response.legacy_created", "yes", |p| p.response.legacy_created = true),
        ("response.legacy_content_type", "yes", |p| p.response.legacy_content_type = true),
        ("id_token.exp_leeway", "0s", |p| p.id_token.exp_leeway = Duration::ZERO),
        ("id_token.future_leeway", "0s", |p| p.id_token.future_leeway = Duration::ZERO),
        ("id_token.default_algorithm", "ES256", |p| p.id_token.default_algorithm = Alg::Es256),
        ("id_token.lifetime", "1m", |p| p.id_token.lifetime = Duration::seconds(60)),
        ("id_token.acr_levels", "low < Level3 = substantial", |p| {
            p.id_token.acr_levels = &[&["low"], &["Level3", "substantial"]];
        }),
        ("limits.keys_per_client", "1", |p| p.limits.keys_per_client = 1),
        ("limits.jwt_bytes", "1", |p| p.limits.jwt_bytes = 1),
        ("limits.jwk_set_bytes", "1", |p| p.limits.jwk_set_bytes = 1),
        ("limits.response_bytes", "1", |p| p.limits.response_bytes = 1),
    ];

    #[test]
    fn d28_every_change_of_a_field_is_a_change_of_its_line_and_of_no_other() {
        let base = Policy::OAUTH_2_1.report();
        for (field, value, change) in CHANGES {
            let mut policy = Policy::OAUTH_2_1;
            change(&mut policy);
            let report = policy.report();
            let changed: Vec<_> =
                base.lines().zip(report.lines()).filter(|(a, b)| a.to_string() != b.to_string()).collect();
            let [(before, after)] = changed.as_slice() else { panic!("{field}: {changed:?}") };
            assert_eq!((after.field(), after.value().to_string().as_str()), (field, value));
            assert_eq!(before.field(), field);
            let looser: Vec<_> = policy.legacy().collect();
            assert_eq!(looser == [field], field.contains("legacy_"), "{looser:?}");
        }
    }

    #[test]
    fn d28_every_line_is_changed_by_some_change() {
        let fields: Vec<_> = Policy::OAUTH_2_1.report().lines().map(|line| line.field()).collect();
        assert_eq!(fields, CHANGES.map(|(field, ..)| field));
    }

    #[test]
    fn every_choice_reads_differently() {
        let texts = |values: &[Value]| values.iter().map(ToString::to_string).collect::<Vec<_>>();
        let audience = [
            AssertionAudience::IssuerString,
            AssertionAudience::Issuer,
            AssertionAudience::LegacyIssuerOrTokenEndpoint,
        ];
        assert_eq!(texts(&audience.map(Value::from)), ["issuer_string", "issuer", "legacy_issuer_or_token_endpoint"]);
        let modes = [
            RefreshMode::FamilyStrict,
            RefreshMode::SingleSuccessor { grace: Duration::seconds(1) },
            RefreshMode::SingleSuccessor { grace: Duration::seconds(2) },
            RefreshMode::Stable,
        ];
        let modes = texts(&modes.map(Value::from));
        assert_eq!(modes, ["family_strict", "single_successor, grace 1s", "single_successor, grace 2s", "stable"]);
        let profiles = [Profile::OAuth21, Profile::OpenIdConnect, Profile::Fapi2];
        assert_eq!(texts(&profiles.map(Value::from)), ["oauth_2_1", "openid_connect", "fapi_2_0"]);
    }

    #[test]
    fn a_looser_value_is_marked_and_a_name_that_reads_like_one_is_not() {
        let mut policy = Policy::OAUTH_2_1;
        policy.name = "legacy_name";
        assert_eq!(policy.legacy().count(), 0);
        policy.assertion.audience = AssertionAudience::LegacyIssuerOrTokenEndpoint;
        assert_eq!(policy.legacy().collect::<Vec<_>>(), ["assertion.audience"]);
        assert!(
            policy.report().to_string().contains("\nassertion.audience: legacy_issuer_or_token_endpoint (legacy)\n")
        );
    }
}
