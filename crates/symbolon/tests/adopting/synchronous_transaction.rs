// What a server with a synchronous transaction has, and what is asked of the example of ADOPTING.md, which includes this file.

struct ClientRow {
    name: &'static str,
    public: bool,
    clear: Option<&'static str>,
    sha256: Option<[u8; 32]>,
}

struct WriteTransaction {
    clients: Vec<ClientRow>,
    issuer: Issuer,
    token_endpoint: String,
}

fn run() {
    let sha256 = Some(PROVIDER.sha256.digest(&[b"se:cret"]));
    let db = WriteTransaction {
        clients: vec![
            ClientRow { name: "my-app", public: false, clear: Some("se:cret"), sha256: None },
            ClientRow { name: "a b", public: false, clear: None, sha256 },
            ClientRow { name: "spa", public: true, clear: None, sha256: None },
            ClientRow { name: "\n", public: true, clear: None, sha256: None },
        ],
        issuer: Issuer::parse("https://as.example").unwrap(),
        token_endpoint: "https://as.example/token".into(),
    };
    let call = |authorization: &[&[u8]], client_id, client_secret| {
        let sent = Credentials { authorization, client_id, client_secret, ..Credentials::default() };
        let proven = db.authenticate(&sent, UtcDateTime::from_unix_timestamp(1_700_000_000).unwrap());
        proven.map(|client| client.client_id().to_string()).map_err(|error| {
            let answer = error.into_response(&db.issuer);
            let challenge = answer.header("www-authenticate").is_some_and(|value| value.starts_with("Basic "));
            assert_eq!(challenge, answer.status() == 401);
            (answer.status(), String::from_utf8(answer.body().to_vec()).unwrap().split('"').nth(3).unwrap().to_owned())
        })
    };
    let refused = |status, error: &str| Err((status, error.to_owned()));

    // my%2dapp:se%3acret, and a+b:se:cret
    assert_eq!(call(&[b"Basic bXklMmRhcHA6c2UlM2FjcmV0"], None, None), Ok("my-app".into()));
    assert_eq!(call(&[b"Basic YStiOnNlOmNyZXQ="], None, None), Ok("a b".into()));
    assert_eq!(call(&[], Some("my-app"), Some("se:cret")), Ok("my-app".into()));
    assert_eq!(call(&[], Some("spa"), None), Ok("spa".into()));

    // my-app:se, MY-APP:se:cret, my-app:se:cret and a secret in the form, or twice
    assert_eq!(call(&[b"Basic bXktYXBwOnNl"], None, None), refused(401, "invalid_client"));
    assert_eq!(call(&[b"Basic TVktQVBQOnNlOmNyZXQ="], None, None), refused(401, "invalid_client"));
    let right: &[u8] = b"Basic bXktYXBwOnNlOmNyZXQ=";
    assert_eq!(call(&[right], None, None), Ok("my-app".into()));
    assert_eq!(call(&[right], None, Some("se:cret")), refused(400, "invalid_request"));
    assert_eq!(call(&[right, right], None, None), refused(400, "invalid_request"));
    assert_eq!(call(&[], Some("my-app"), Some("se")), refused(400, "invalid_client"));
    assert_eq!(call(&[], Some("my-app"), None), refused(400, "invalid_client"));
    assert_eq!(call(&[], Some("spa"), Some("se:cret")), refused(400, "invalid_client"));
    assert_eq!(call(&[], Some("\n"), None), refused(503, "temporarily_unavailable"));
}
