use crate::ErrorCode;

macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $rule:ident = $id:literal, $section:literal, $code:ident;)*) => {
        /// The one table of rules: every error of every crate names its rule, and the rule names the section that
        /// demands it and the error code that the peer hears.
        ///
        /// `code()` is `None` for what only a client or a library judges: there is no peer to hear it.
        ///
        /// ```
        /// use symbolon_types::{ErrorCode, Rule};
        /// assert_eq!(Rule::CodeVerifier.id(), "code.verifier");
        /// assert_eq!(Rule::CodeVerifier.section(), "RFC 7636 §4.6");
        /// assert_eq!(Rule::CodeVerifier.code(), Some(ErrorCode::InvalidGrant));
        /// assert_eq!(Rule::CodeVerifier.sentence(), "The verifier hashes to the challenge.");
        /// ```
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Rule { $($(#[doc = $doc])+ $rule,)* }

        impl Rule {
            /// Every rule, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$rule),*];

            /// A stable name for logs and tests.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$rule => $id,)* }
            }

            /// What must hold, in a sentence: for an operator, never for the peer, who hears a sentence for each code.
            pub fn sentence(self) -> &'static str {
                let sentence = match self { $(Self::$rule => concat!($($doc),+),)* };
                sentence.trim_start()
            }

            /// The section that demands it; `D…` is a security decision of this project.
            pub const fn section(self) -> &'static str {
                match self { $(Self::$rule => $section,)* }
            }

            /// The error code on the wire, if a peer hears of it.
            pub const fn code(self) -> Option<ErrorCode> {
                match self { $(Self::$rule => rules!(@code $code),)* }
            }
        }
    };
    (@code Nobody) => { None };
    (@code $code:ident) => { Some(ErrorCode::$code) };
}

rules! {
    // Framing, in the order in which it is judged (D10).
    /// The method is POST.
    RequestMethod = "request.method", "RFC 6749 §3.2", InvalidRequest;
    /// One `Content-Type`, `application/x-www-form-urlencoded`, charset absent or UTF-8.
    RequestContentType = "request.content_type", "RFC 6749 §4.1.3", InvalidRequest;
    /// At most one `Authorization` value, and it is not too long.
    RequestHeaderOnce = "request.header_once", "RFC 6749 §5.2", InvalidRequest;
    /// No certificate in a header of anybody but the configured proxy, and at most one.
    RequestCertificateHeader = "request.certificate_header", "RFC 9440 §4", InvalidRequest;
    /// No registered parameter in the query.
    RequestQuery = "request.query", "RFC 6749 §2.3.1", InvalidRequest;
    /// The body is no longer than the limit.
    RequestLength = "request.length", "D19", InvalidRequest;
    /// The form is well formed: percent-encoding, UTF-8, no NUL.
    FormSyntax = "form.syntax", "RFC 6749 Appendix B", InvalidRequest;
    /// No more parameters than the limit.
    FormCount = "form.count", "D19", InvalidRequest;
    /// No parameter comes twice.
    FormRepeated = "form.repeated", "RFC 6749 §3.2", InvalidRequest;
    /// A required parameter is there and not empty.
    FormMissing = "form.missing", "RFC 6749 §5.2", InvalidRequest;
    /// The same JWT is not both `assertion` and `client_assertion`.
    FormOneJwtTwice = "form.one_jwt_twice", "D9", InvalidRequest;

    // Credentials.
    /// At most one mechanism of client authentication.
    OneMechanism = "client.one_mechanism", "RFC 6749 §2.3", InvalidRequest;
    /// An assertion is the only mechanism of client authentication.
    OneMechanismWithAssertion = "client.one_mechanism_with_assertion", "RFC 7521 §4.2.1", InvalidClient;
    /// The client says who it is.
    ClientIdentified = "client.identified", "RFC 6749 §5.2", InvalidClient;
    /// The `Authorization` scheme is one that is known.
    AuthorizationScheme = "client.authorization_scheme", "RFC 6749 §5.2", InvalidClient;
    /// The Basic credentials are well formed.
    BasicSyntax = "client.basic_syntax", "RFC 6749 §2.3.1", InvalidClient;
    /// `client_assertion` and a known `client_assertion_type` come together.
    AssertionType = "assertion.type", "RFC 7521 §4.2", InvalidClient;
    /// `client_id` in the form is the authenticated client's.
    ClientIdAgrees = "client.id_agrees", "RFC 6749 §3.2.1", InvalidRequest;
    /// `client_id` in the form is the assertion's `sub`.
    ClientIdAgreesWithAssertion = "client.id_agrees_with_assertion", "RFC 7521 §4.2", InvalidClient;

    // Client authentication.
    /// The client is registered.
    ClientKnown = "client.known", "RFC 6749 §5.2", InvalidClient;
    /// The method is the one that the client registered.
    MethodRegistered = "client.method_registered", "OIDC Registration §2", InvalidClient;
    /// Not too many refused attempts came from there.
    ClientThrottle = "client.throttle", "RFC 6749 §2.3.1", InvalidClient;
    /// The secret is one of the client's live ones.
    SecretMatches = "client.secret", "RFC 6749 §2.3.1", InvalidClient;
    /// The client's secret has not expired.
    SecretFresh = "client.secret_fresh", "RFC 7591 §3.2.1", InvalidClient;
    /// The client showed a certificate.
    CertificatePresent = "certificate.present", "RFC 8705 §2", InvalidClient;
    /// The certificate was validated to an anchor that the client's registration names.
    CertificateAnchor = "certificate.anchor", "RFC 8705 §2.1", InvalidClient;
    /// The certificate has the one name that the client registered.
    CertificateName = "certificate.name", "RFC 8705 §2.1.2", InvalidClient;
    /// The certificate is one that the client registered.
    CertificateRegistered = "certificate.registered", "RFC 8705 §2.2", InvalidClient;
    /// The caller brought the keys of the client's `jwks_uri`, or its verdict.
    FoundComplete = "client.found_complete", "RFC 7591 §2", InvalidClient;
    /// The assertion is a JWS in compact form with a well-formed header and claims.
    AssertionSyntax = "assertion.syntax", "RFC 7523 §3", InvalidClient;
    /// The assertion's `alg` is welcome and fits the key.
    AssertionAlg = "assertion.alg", "RFC 8725 §3.1", InvalidClient;
    /// The assertion's `typ` is none, `JWT` or `client-authentication+jwt`.
    AssertionTyp = "assertion.typ", "RFC 8725 §3.11", InvalidClient;
    /// A registered key fits the assertion's header.
    AssertionKey = "assertion.key", "D12", InvalidClient;
    /// The header names its key in one way that the registration knows.
    AssertionX5c = "assertion.x5c", "D13", InvalidClient;
    /// The chain in `x5c` was validated by somebody who says so.
    AssertionChain = "assertion.chain", "D13", InvalidClient;
    /// The certificate in `x5c` has the organisation number that the client registered.
    AssertionOrganization = "assertion.organization", "D13", InvalidClient;
    /// The signature verifies.
    AssertionSignature = "assertion.signature", "RFC 7523 §3", InvalidClient;
    /// `iss` is the client.
    AssertionIss = "assertion.iss", "RFC 7523 §3", InvalidClient;
    /// `sub` is the client.
    AssertionSub = "assertion.sub", "RFC 7523 §3", InvalidClient;
    /// `aud` is this issuer alone.
    AssertionAud = "assertion.aud", "RFC 10070", InvalidClient;
    /// `exp` is there and not over.
    AssertionExp = "assertion.exp", "RFC 7523 §3", InvalidClient;
    /// The assertion does not live too long.
    AssertionLifetime = "assertion.lifetime", "D16", InvalidClient;
    /// `nbf` is not in the future.
    AssertionNbf = "assertion.nbf", "RFC 7523 §3", InvalidClient;
    /// `iat` is not in the future.
    AssertionIat = "assertion.iat", "RFC 7523 §3", InvalidClient;
    /// `jti` is there and of a sane length.
    AssertionJti = "assertion.jti", "OIDC Core §9", InvalidClient;
    /// The assertion was not used before.
    AssertionOnce = "assertion.once", "OIDC Core §9", InvalidClient;

    // Client attestation, by draft-ietf-oauth-attestation-based-client-auth-10.
    /// There is one client attestation and one proof of possession beside it.
    AttestationPresent = "attestation.present", "attestation-10 §7.1", InvalidClient;
    /// Client attestation and proof are JWS in compact form with well-formed headers and claims.
    AttestationSyntax = "attestation.syntax", "attestation-10 §7.1", InvalidClient;
    /// The attestation's `typ` is `oauth-client-attestation+jwt`.
    AttestationTyp = "attestation.typ", "attestation-10 §4", InvalidClient;
    /// The attestation's `alg` is an asymmetric one that is welcome.
    AttestationAlg = "attestation.alg", "attestation-10 §7.1", InvalidClient;
    /// A key of a trusted attester fits the attestation's header.
    AttestationKey = "attestation.key", "attestation-10 §7.1", InvalidClient;
    /// The attestation's signature verifies.
    AttestationSignature = "attestation.signature", "attestation-10 §7.1", InvalidClient;
    /// The attestation's `sub` is the client.
    AttestationSub = "attestation.sub", "attestation-10 §4", InvalidClient;
    /// The attestation's `exp` is there and not over.
    AttestationExp = "attestation.exp", "attestation-10 §7.4", UseFreshAttestation;
    /// The attestation's `iat` and `nbf` are not in the future.
    AttestationIat = "attestation.iat", "attestation-10 §7.1", InvalidClient;
    /// The attestation's `cnf` has a public key that can be used.
    AttestationCnf = "attestation.cnf", "attestation-10 §7.1", InvalidClient;
    /// The proof's `typ` is `oauth-client-attestation-pop+jwt`.
    AttestationPopTyp = "attestation.pop_typ", "attestation-10 §5.1", InvalidClient;
    /// The proof's `alg` is an asymmetric one that is welcome and fits the key of the instance.
    AttestationPopAlg = "attestation.pop_alg", "attestation-10 §7.2", InvalidClient;
    /// The proof's signature verifies with the key of the instance.
    AttestationPopSignature = "attestation.pop_signature", "attestation-10 §7.2", InvalidClient;
    /// The proof's `aud` is this issuer alone.
    AttestationPopAud = "attestation.pop_aud", "attestation-10 §7.2", InvalidClient;
    /// The proof's `iat` is there, recent and not in the future; `exp` and `nbf`, where they are, agree.
    AttestationPopIat = "attestation.pop_iat", "attestation-10 §7.2", InvalidClient;
    /// The proof's `jti` is there and of a sane length.
    AttestationPopJti = "attestation.pop_jti", "attestation-10 §5.1", InvalidClient;
    /// The proof's `challenge` is the one that the server expects.
    AttestationPopChallenge = "attestation.pop_challenge", "attestation-10 §7.4", UseAttestationChallenge;

    // DPoP.
    /// A request that must prove a key carries a DPoP proof.
    DpopPresent = "dpop.present", "RFC 9449 §5", InvalidDpopProof;
    /// There is one `DPoP` header with one value of a sane length.
    DpopHeaderOnce = "dpop.header_once", "RFC 9449 §4.3", InvalidDpopProof;
    /// The proof is a JWS in compact form with a well-formed header and well-formed claims.
    DpopSyntax = "dpop.syntax", "RFC 9449 §4.3", InvalidDpopProof;
    /// The proof's `typ` is `dpop+jwt`.
    DpopTyp = "dpop.typ", "RFC 9449 §4.3", InvalidDpopProof;
    /// The proof's `alg` is an asymmetric one that is welcome.
    DpopAlg = "dpop.alg", "RFC 9449 §4.3", InvalidDpopProof;
    /// The proof's `jwk` is a public key that can be used, and nothing private is in it.
    DpopKey = "dpop.key", "RFC 9449 §4.3", InvalidDpopProof;
    /// The proof's signature verifies with its own `jwk`.
    DpopSignature = "dpop.signature", "RFC 9449 §4.3", InvalidDpopProof;
    /// `htm` is the method of the request.
    DpopHtm = "dpop.htm", "RFC 9449 §4.3", InvalidDpopProof;
    /// `htu` is the URL of the request, without query and fragment.
    DpopHtu = "dpop.htu", "RFC 9449 §4.3", InvalidDpopProof;
    /// `jti` is there and of a sane length.
    DpopJti = "dpop.jti", "RFC 9449 §4.2", InvalidDpopProof;
    /// The proof has no nonce where none is ever sent.
    DpopNonceUnasked = "dpop.nonce_unasked", "D18", InvalidDpopProof;
    /// The proof carries a nonce that the server gave and that is not over.
    DpopNonce = "dpop.nonce", "RFC 9449 §8", UseDpopNonce;
    /// `iat` is there, recent and not in the future.
    DpopIat = "dpop.iat", "RFC 9449 §4.3", InvalidDpopProof;
    /// `exp` and `nbf`, which nobody asks for, do not contradict the time.
    DpopValidity = "dpop.validity", "RFC 7519 §4.1", InvalidDpopProof;
    /// `ath` is the hash of the access token that comes with the proof.
    DpopAth = "dpop.ath", "RFC 9449 §4.3", InvalidDpopProof;
    /// The DPoP proof was not used before.
    DpopOnce = "dpop.once", "RFC 9449 §11.1", InvalidDpopProof;
    /// A client whose tokens are bound to its certificate shows one.
    CertificateBound = "binding.certificate", "RFC 8705 §3.4", InvalidRequest;
    /// A request binds its tokens to one key: that of a proof or that of a certificate.
    OneBinding = "binding.one", "D20", InvalidRequest;

    /// Not too many ids of this client's requests from there are remembered.
    ReplayQuota = "replay.quota", "RFC 9449 §11.1", TemporarilyUnavailable;

    // Grants.
    /// The endpoint supports the grant type.
    GrantKnown = "grant.known", "RFC 6749 §5.2", UnsupportedGrantType;
    /// The client may use the grant type.
    GrantAllowed = "grant.allowed", "RFC 6749 §5.2", UnauthorizedClient;

    // Authorization code.
    /// The code is one that was issued.
    CodeKnown = "code.known", "RFC 6749 §5.2", InvalidGrant;
    /// The code was issued to this client.
    CodeClient = "code.client", "RFC 6749 §4.1.3", InvalidGrant;
    /// The verifier is well formed.
    CodeVerifierSyntax = "code.verifier_syntax", "RFC 7636 §4.1", InvalidGrant;
    /// A verifier comes exactly when the code has a challenge.
    CodeVerifierPresence = "code.verifier_presence", "RFC 9700 §4.8.2", InvalidGrant;
    /// The verifier hashes to the challenge.
    CodeVerifier = "code.verifier", "RFC 7636 §4.6", InvalidGrant;
    /// `redirect_uri` is the one of the authorization request.
    CodeRedirectUri = "code.redirect_uri", "RFC 6749 §4.1.3", InvalidGrant;
    /// The key that the code is bound to was proven.
    CodeBinding = "code.binding", "RFC 9449 §10", InvalidGrant;
    /// The code was not redeemed before.
    CodeOnce = "code.once", "RFC 6749 §4.1.2", InvalidGrant;
    /// The code's lifetime is not over.
    CodeFresh = "code.fresh", "RFC 6749 §4.1.2", InvalidGrant;

    // Refresh token.
    /// The refresh token is one that was issued.
    RefreshKnown = "refresh.known", "RFC 6749 §5.2", InvalidGrant;
    /// The refresh token was issued to this client.
    RefreshClient = "refresh.client", "RFC 6749 §6", InvalidGrant;
    /// The key that the refresh token is bound to was proven.
    RefreshBinding = "refresh.binding", "RFC 9449 §5", InvalidGrant;
    /// The refresh token is the family's current one, or the one before it and the policy forgives that.
    RefreshCurrent = "refresh.current", "RFC 9700 §4.14.2", InvalidGrant;
    /// Nobody else has rotated the refresh token since it was read (else 503, nothing changed: it may come again).
    RefreshUncontended = "refresh.uncontended", "D3", TemporarilyUnavailable;
    /// The refresh token's lifetime is not over.
    RefreshFresh = "refresh.fresh", "RFC 6749 §6", InvalidGrant;
    /// The client may refresh with the method it used.
    RefreshMethod = "refresh.method", "RFC 9700 §2.2.2", UnauthorizedClient;

    // A JWT as the grant.
    /// The assertion is a JWS in compact form with a well-formed header and claims.
    GrantAssertionSyntax = "grant_assertion.syntax", "RFC 7523 §3", InvalidGrant;
    /// The assertion's issuer is registered, and is not this server.
    GrantAssertionIss = "grant_assertion.iss", "RFC 7521 §5.2", InvalidGrant;
    /// The assertion's `typ` is that of its profile.
    GrantAssertionTyp = "grant_assertion.typ", "RFC 8725 §3.11", InvalidGrant;
    /// The assertion's `alg` is an asymmetric one that is welcome.
    GrantAssertionAlg = "grant_assertion.alg", "RFC 8725 §3.1", InvalidGrant;
    /// A registered key of the issuer fits the assertion's header.
    GrantAssertionKey = "grant_assertion.key", "D12", InvalidGrant;
    /// The assertion's signature verifies.
    GrantAssertionSignature = "grant_assertion.signature", "RFC 7523 §3", InvalidGrant;
    /// The assertion's `aud` is this server alone.
    GrantAssertionAud = "grant_assertion.aud", "RFC 7523 §3", InvalidGrant;
    /// The assertion's `exp` is there and not over.
    GrantAssertionExp = "grant_assertion.exp", "RFC 7523 §3", InvalidGrant;
    /// The assertion does not live too long.
    GrantAssertionLifetime = "grant_assertion.lifetime", "D16", InvalidGrant;
    /// The assertion's `nbf` is not in the future.
    GrantAssertionNbf = "grant_assertion.nbf", "RFC 7523 §3", InvalidGrant;
    /// The assertion's `iat` is not in the future, and is there where the profile demands it.
    GrantAssertionIat = "grant_assertion.iat", "RFC 7523 §3", InvalidGrant;
    /// The assertion's `jti` is there and of a sane length.
    GrantAssertionJti = "grant_assertion.jti", "RFC 7523 §3", InvalidGrant;
    /// The assertion was issued to this client, and the issuer may speak to it.
    GrantAssertionClient = "grant_assertion.client", "D24", InvalidGrant;
    /// The assertion's `sub` is there, the issuer may speak of it, and it is somebody here.
    GrantAssertionSub = "grant_assertion.sub", "RFC 7523 §3", InvalidGrant;
    /// The key that the assertion names in `cnf` was proven.
    GrantAssertionBinding = "grant_assertion.binding", "D24", InvalidGrant;
    /// What the assertion grants (`scope`, `resource`, `authorization_details`) is well formed.
    GrantAssertionGranted = "grant_assertion.granted", "D24", InvalidGrant;
    /// The assertion was not used before.
    GrantAssertionOnce = "grant_assertion.once", "RFC 7523 §3", InvalidGrant;

    // What a resource owner decides on another device.
    /// The device code or `auth_req_id` is one that was issued.
    DeferredKnown = "deferred.known", "RFC 8628 §3.5", InvalidGrant;
    /// The device code or `auth_req_id` was issued to this client.
    DeferredClient = "deferred.client", "RFC 8628 §3.4", InvalidGrant;
    /// The device code or `auth_req_id` was not redeemed before.
    DeferredOnce = "deferred.once", "RFC 8628 §3.5", InvalidGrant;
    /// The time to decide, and to fetch the tokens, is not over.
    DeferredFresh = "deferred.fresh", "RFC 8628 §3.5", ExpiredToken;
    /// The resource owner did not say no.
    DeferredDenied = "deferred.denied", "RFC 8628 §3.5", AccessDenied;
    /// The client waited before it asked again.
    DeferredPace = "deferred.pace", "RFC 8628 §3.5", SlowDown;
    /// The resource owner has decided.
    DeferredDecided = "deferred.decided", "RFC 8628 §3.5", AuthorizationPending;
    /// Nobody decided it before, and there is time left (at the page where it is decided).
    DeferredUndecided = "deferred.undecided", "RFC 8628 §3.3", Nobody;
    /// No other user has the same user code at the moment (else 503: it may come again).
    DeferredUnique = "deferred.unique", "RFC 8628 §6.1", TemporarilyUnavailable;

    // Token exchange.
    /// An access token is asked for.
    ExchangeTokenType = "exchange.requested_token_type", "RFC 8693 §2.1", InvalidRequest;
    /// The subject token is known, live and of the kind that was said.
    ExchangeSubject = "exchange.subject", "RFC 8693 §2.2.2", InvalidRequest;
    /// A rule lets the client exchange such tokens.
    ExchangeAllowed = "exchange.allowed", "D23", InvalidRequest;
    /// A rule has every target that was asked for.
    ExchangeTarget = "exchange.target", "RFC 8693 §2.2.2", InvalidTarget;
    /// The subject token was issued to the client or for it, or the rule says otherwise.
    ExchangeHolder = "exchange.holder", "D23", InvalidRequest;
    /// The key that the subject token is bound to was proven.
    ExchangeBinding = "exchange.binding", "D23", InvalidRequest;
    /// The actor token is known, live, the client's, and of somebody who acts for nobody.
    ExchangeActor = "exchange.actor", "RFC 8693 §2.2.2", InvalidRequest;
    /// The subject token's `may_act`, where it has one, names who acts.
    ExchangeMayAct = "exchange.may_act", "RFC 8693 §4.4", InvalidRequest;
    /// The chain of actors is not too long.
    ExchangeActors = "exchange.actors", "RFC 8693 §4.1", InvalidRequest;

    // At the backchannel authentication endpoint.
    /// The request names the user in exactly one way.
    BackchannelHint = "backchannel.hint", "OpenID CIBA §7.1", InvalidRequest;
    /// The request's parameters are well formed, and it asks for nothing that is not done here (a signed request).
    BackchannelRequest = "backchannel.request", "OpenID CIBA §7.1", InvalidRequest;
    /// The scope has `openid`.
    BackchannelScope = "backchannel.scope", "OpenID CIBA §7.1", InvalidScope;
    /// The binding message is short and of printable characters.
    BackchannelMessage = "backchannel.binding_message", "OpenID CIBA §7.1", InvalidBindingMessage;
    /// A client that is told by a notification sends a token for it that nobody guesses.
    BackchannelToken = "backchannel.notification_token", "OpenID CIBA §7.1", InvalidRequest;
    /// The hint names somebody who can be asked.
    BackchannelUser = "backchannel.user", "OpenID CIBA §13", UnknownUserId;
    /// The hint is not too old.
    BackchannelHintFresh = "backchannel.hint_fresh", "OpenID CIBA §13", ExpiredLoginHintToken;
    /// The user's secret code is there, where this user has one.
    BackchannelUserCode = "backchannel.user_code", "OpenID CIBA §13", MissingUserCode;
    /// The user's secret code is right.
    BackchannelUserCodeRight = "backchannel.user_code_right", "OpenID CIBA §13", InvalidUserCode;
    /// The user may be asked by this client.
    BackchannelAllowed = "backchannel.allowed", "OpenID CIBA §13", AccessDenied;

    // What every grant shares.
    /// Client, family and grant are active.
    GrantActive = "grant.active", "D3", InvalidGrant;
    /// The scope is well formed.
    ScopeSyntax = "scope.syntax", "RFC 6749 §3.3", InvalidScope;
    /// The scope asked for is within what was granted.
    ScopeNarrows = "scope.narrows", "RFC 6749 §6", InvalidScope;
    /// The resource asked for is within what was granted.
    ResourceNarrows = "resource.narrows", "RFC 8707 §2.2", InvalidTarget;
    /// The authorization details are a list of objects with a `type` each.
    AuthorizationDetailsSyntax = "authorization_details.syntax", "RFC 9396 §5", InvalidAuthorizationDetails;
    /// The authorization details asked for are within what was granted.
    AuthorizationDetailsNarrow = "authorization_details.narrow", "RFC 9396 §6.1", InvalidAuthorizationDetails;
    /// A rule of an extension grant or method.
    Extension = "extension", "RFC 6749 §4.5", InvalidGrant;

    // Answering.
    /// The store answered before anything was changed (else 503, nothing changed).
    StoreAnswers = "store.answers", "D8", TemporarilyUnavailable;
    /// It is known whether the store applied the commit (else 500).
    StoreOutcomeKnown = "store.outcome_known", "D8", ServerError;
    /// The store answered this request's commit and no other.
    StoreAnswersThisCommit = "store.answers_this_commit", "D3", ServerError;
    /// The signer signed.
    SignerAnswers = "signer.answers", "D27", ServerError;
    /// The provider gave randomness.
    RandomAnswers = "random.answers", "RFC 6749 §10.10", ServerError;
    /// The embedding program asked for something that can be done.
    Embedder = "embedder", "D35", ServerError;

    // At a resource.
    /// The request carries one access token, in the `Authorization` header.
    TokenPresented = "token.presented", "RFC 6750 §2.1", InvalidToken;
    /// The access token is known and live.
    TokenKnown = "token.known", "RFC 6750 §3.1", InvalidToken;
    /// The key that the access token is bound to was proven.
    TokenBinding = "token.binding", "RFC 9449 §7.1", InvalidToken;
    /// The access token's scope is enough.
    TokenScope = "token.scope", "RFC 6750 §3.1", InsufficientScope;

    // Judged by libraries and clients: nobody hears a code.
    /// The text is a JWS in compact form within the limits.
    JwsSyntax = "jws.syntax", "RFC 7515 §7.1", Nobody;
    /// The header is well formed and has no member twice.
    JwsHeader = "jws.header", "RFC 7515 §4", Nobody;
    /// Every critical header parameter is understood.
    JwsCrit = "jws.crit", "RFC 7515 §4.1.11", Nobody;
    /// `alg` is welcome and fits the key.
    JwsAlg = "jws.alg", "RFC 8725 §3.1", Nobody;
    /// A key fits the header.
    JwsKey = "jws.key", "RFC 7515 §6", Nobody;
    /// The signature verifies.
    JwsSignature = "jws.signature", "RFC 7515 §5.2", Nobody;
    /// `typ` is the expected media type.
    JwtTyp = "jwt.typ", "RFC 8725 §3.11", Nobody;
    /// The claims are one JSON object that has no member twice.
    JwtClaims = "jwt.claims", "RFC 7519 §4", Nobody;
    /// `iss` is the expected issuer.
    JwtIss = "jwt.iss", "RFC 7519 §4.1.1", Nobody;
    /// `aud` is as demanded.
    JwtAud = "jwt.aud", "RFC 7519 §4.1.3", Nobody;
    /// `exp` is there and not over.
    JwtExp = "jwt.exp", "RFC 7519 §4.1.4", Nobody;
    /// `nbf` is not in the future.
    JwtNbf = "jwt.nbf", "RFC 7519 §4.1.5", Nobody;
    /// `iat` is as demanded.
    JwtIat = "jwt.iat", "RFC 7519 §4.1.6", Nobody;
    /// A claim is there and has its type.
    JwtClaim = "jwt.claim", "RFC 7519 §4", Nobody;
    /// The key is well formed, strong enough and fits its use.
    Key = "key", "RFC 7517 §4", Nobody;
    /// The key set is well formed and has a usable key.
    KeySet = "key_set", "RFC 7517 §5", Nobody;
    /// The verifier or challenge is well formed.
    PkceSyntax = "pkce.syntax", "RFC 7636 §4.1", Nobody;
    /// The ID token is there in an OpenID Connect exchange.
    IdTokenPresent = "id_token.present", "OIDC Core §3.1.3.3", Nobody;
    /// The ID token's `sub` is there, and the same as before.
    IdTokenSub = "id_token.sub", "OIDC Core §2", Nobody;
    /// Every audience of the ID token is trusted.
    IdTokenAud = "id_token.aud", "OIDC Core §3.1.3.7", Nobody;
    /// `azp` is the client.
    IdTokenAzp = "id_token.azp", "OIDC Core §3.1.3.7", Nobody;
    /// `nonce` is the one that was sent.
    IdTokenNonce = "id_token.nonce", "OIDC Core §3.1.3.7", Nobody;
    /// `at_hash` fits the access token.
    IdTokenAtHash = "id_token.at_hash", "OIDC Core §3.1.3.8", Nobody;
    /// `c_hash` fits the code.
    IdTokenCHash = "id_token.c_hash", "OIDC Core §3.3.2.11", Nobody;
    /// `auth_time` is recent enough.
    IdTokenAuthTime = "id_token.auth_time", "OIDC Core §3.1.3.7", Nobody;
    /// `acr` is one that is accepted.
    IdTokenAcr = "id_token.acr", "OIDC Core §3.1.3.7", Nobody;
    /// The claims of a refreshed ID token are those of the first.
    IdTokenContinuity = "id_token.continuity", "OIDC Core §12.2", Nobody;
    /// No parameter of the authorization response comes twice.
    CallbackRepeated = "callback.repeated", "RFC 6749 §3.1", Nobody;
    /// The authorization response is well formed.
    CallbackSyntax = "callback.syntax", "RFC 6749 §4.1.2", Nobody;
    /// `state` is the one that was sent.
    CallbackState = "callback.state", "RFC 6749 §10.12", Nobody;
    /// `iss` is the issuer that was asked.
    CallbackIss = "callback.iss", "RFC 9207 §2.4", Nobody;
    /// The authorization response is no error.
    CallbackError = "callback.error", "RFC 6749 §4.1.2.1", Nobody;
    /// The token response has a status that the protocol knows.
    ResponseStatus = "response.status", "RFC 6749 §5.1", Nobody;
    /// The token response is no longer than the limit.
    ResponseLength = "response.length", "D19", Nobody;
    /// The token response is sent as JSON, and is a JSON object that has no member twice.
    ResponseJson = "response.json", "RFC 6749 §5.1", Nobody;
    /// A member of the token response is there and has its type.
    ResponseMember = "response.member", "RFC 6749 §5.1", Nobody;
    /// `token_type` is the one that was asked for.
    ResponseTokenType = "response.token_type", "RFC 6749 §7.1", Nobody;
    /// The metadata is well formed and its `issuer` is the expected one.
    Metadata = "metadata", "RFC 8414 §3.3", Nobody;
    /// An endpoint is an https URL, or loopback.
    EndpointUrl = "endpoint.url", "RFC 6749 §3.2", Nobody;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_every_rule_has_a_section() {
        for (index, rule) in Rule::ALL.iter().enumerate() {
            assert!(!rule.section().is_empty());
            assert!(Rule::ALL[..index].iter().all(|other| other.id() != rule.id()), "{}", rule.id());
        }
        assert!(Rule::ALL.len() <= 256, "the trace has a bit for each");
    }

    #[test]
    fn codes_are_those_of_security_decision_d20() {
        for (rule, code) in [
            (Rule::OneMechanism, "invalid_request"),
            (Rule::OneMechanismWithAssertion, "invalid_client"),
            (Rule::ClientIdentified, "invalid_client"),
            (Rule::AssertionType, "invalid_client"),
            (Rule::ClientIdAgrees, "invalid_request"),
            (Rule::ClientIdAgreesWithAssertion, "invalid_client"),
            (Rule::RequestQuery, "invalid_request"),
            (Rule::RequestMethod, "invalid_request"),
            (Rule::CodeVerifierSyntax, "invalid_grant"),
            (Rule::CodeVerifierPresence, "invalid_grant"),
            (Rule::DpopPresent, "invalid_dpop_proof"),
            (Rule::DpopOnce, "invalid_dpop_proof"),
            (Rule::DpopNonce, "use_dpop_nonce"),
            (Rule::OneBinding, "invalid_request"),
            (Rule::CertificateName, "invalid_client"),
            (Rule::TokenBinding, "invalid_token"),
            (Rule::CodeBinding, "invalid_grant"),
            (Rule::ResourceNarrows, "invalid_target"),
            (Rule::GrantAllowed, "unauthorized_client"),
            (Rule::StoreAnswers, "temporarily_unavailable"),
            (Rule::StoreOutcomeKnown, "server_error"),
        ] {
            assert_eq!(rule.code().unwrap().as_str(), code, "{}", rule.id());
        }
        assert_eq!(Rule::IdTokenNonce.code(), None);
    }
}
