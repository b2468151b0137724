use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use symbolon::{
    jose::{JwkSet, KeyError, SigningKey},
    ring::{PROVIDER, generate_ecdsa_p256_pkcs8, generate_ed25519_pkcs8},
    server::{KeyState, ServerKey, SigningKeys, TokenSigner},
    types::{Alg, Digest, SecretBytes},
};

use super::{ClientMetadata, KeyEntry, KeyStateName, ServeConfig, ServeError};
use crate::pem;

/// What the server signs and derives with. An Ed25519 key is there under both its names (`Ed25519`, RFC 9864, and `EdDSA`, RFC
/// 8037), each with a `kid` of its own: a client compares the header with the name that it registered.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) server: ServerKey,
    /// The root of pairwise subject identifiers, if a client has them.
    pub(super) pairwise: Option<SecretBytes>,
    pub(super) signing: SigningKeys,
    /// The first that signs: access tokens are signed with it.
    pub(super) first: TokenSigner,
}

impl Keys {
    /// Loads the configured keys; makes what is not there, and keeps it in files that only the owner may read. A server that
    /// a program starts for development without naming a folder keeps nothing.
    pub(super) fn load(config: &ServeConfig) -> Result<Self, ServeError> {
        let folder = match &config.key_dir {
            Some(folder) => Some(folder.clone()),
            None if config.development => None,
            None => Some(PathBuf::from(ServeConfig::DEFAULT_KEY_DIR)),
        };
        let in_folder = |name: &str| folder.as_ref().map(|folder| folder.join(name));
        let server_file = config.server_key.clone().or_else(|| in_folder("server.key"));
        let server = server_key(server_file.as_deref())?;
        let pairwise_file = config.pairwise_key.clone().or_else(|| in_folder("pairwise.key"));
        let has_sectors = config.clients.iter().any(ClientMetadata::is_pairwise);
        let pairwise = has_sectors.then(|| root(pairwise_file.as_deref())).transpose()?;
        let mut loaded: Vec<Loaded> = config.keys.iter().map(configured).collect::<Result<_, _>>()?;
        if loaded.is_empty() {
            let es256 = generated(in_folder("es256.pem"), generate_ecdsa_p256_pkcs8, Alg::Es256)?;
            let ed25519 = generated(in_folder("ed25519.pem"), generate_ed25519_pkcs8, Alg::Ed25519)?;
            loaded = vec![es256, ed25519];
        }
        // Who configured a key under each name has said which signs under which.
        let has = |alg: Alg| loaded.iter().any(|loaded| loaded.key.alg() == alg);
        let names_are_said = has(Alg::Ed25519) && has(Alg::EdDsa);
        let twins: Vec<_> = loaded.iter().filter_map(|loaded| Some((loaded.state, loaded.twin.clone()?))).collect();
        let twins = twins.into_iter().filter(|_| !names_are_said);
        let keys = loaded.into_iter().map(|loaded| (loaded.state, loaded.key)).chain(twins);
        let signing = SigningKeys::new(keys.map(|(state, key)| (state, TokenSigner::Local(key))))
            .map_err(ServeError::SigningKeys)?;
        let first = signing.algs().next().and_then(|alg| signing.current(alg)).cloned();
        let first = first.ok_or(ServeError::Contradiction("there is no key that signs"))?;
        Ok(Self { server, pairwise, signing, first })
    }

    pub(super) fn algs(&self) -> Vec<Alg> {
        self.signing.algs().collect()
    }

    /// What is published.
    pub(super) fn jwks(&self) -> JwkSet {
        self.signing.jwks()
    }
}

/// A key, and the same key under its other name.
struct Loaded {
    state: KeyState,
    key: SigningKey,
    twin: Option<SigningKey>,
}

impl Loaded {
    fn load(
        path: &Path,
        alg: Option<Alg>,
        kid: Option<&str>,
        state: KeyState,
        load: impl Fn(Option<Alg>) -> Result<SigningKey, KeyError>,
    ) -> Result<Self, ServeError> {
        let failed = |source| ServeError::Key { path: path.to_owned(), source };
        let key = load(alg).map_err(failed)?;
        let key = match kid {
            Some(kid) => key.with_kid(kid),
            None => key,
        };
        let key = named(key, path)?;
        let other = match key.alg() {
            Alg::Ed25519 => Some(Alg::EdDsa),
            Alg::EdDsa => Some(Alg::Ed25519),
            _ => None,
        };
        let twin = match (other, key.kid()) {
            (Some(other), Some(kid)) => Some(load(Some(other)).map_err(failed)?.with_kid(format!("{kid}.{other}"))),
            _ => None,
        };
        Ok(Self { state, key, twin })
    }
}

fn server_key(file: Option<&Path>) -> Result<ServerKey, ServeError> {
    let secret = root(file)?;
    // The id says which key it is, and nothing about it.
    let digest = PROVIDER.sha256.digest(&[b"symbolon server key id\0", secret.expose()]);
    let id = Digest::from_bytes(digest).to_base64url();
    Ok(ServerKey::new(id, secret.expose()))
}

/// Octets from which keys are derived, of as many as a server key has at least.
fn root(file: Option<&Path>) -> Result<SecretBytes, ServeError> {
    let secret = match file {
        None => random()?,
        Some(path) => SecretBytes::new(read_or_make(path, || Ok(random()?.expose().to_vec()))?),
    };
    if secret.expose().len() < ServerKey::MIN_BYTES {
        return Err(ServeError::ServerKey { path: file.unwrap_or(Path::new(MEMORY)).into() });
    }
    Ok(secret)
}

fn random() -> Result<SecretBytes, ServeError> {
    let mut secret = [0; ServerKey::MIN_BYTES];
    PROVIDER.random.fill(&mut secret).map_err(ServeError::Random)?;
    Ok(SecretBytes::new(secret))
}

fn configured(entry: &KeyEntry) -> Result<Loaded, ServeError> {
    let path = &entry.file;
    let failed = |source| ServeError::Key { path: path.clone(), source };
    let alg =
        entry.alg.as_deref().map(|alg| alg.parse::<Alg>().map_err(|_| failed(KeyError::UnknownAlg))).transpose()?;
    let text = SecretBytes::new(fs::read(path).map_err(file_error(path))?);
    let is_json = text.expose().trim_ascii_start().first() == Some(&b'{');
    let state = match entry.state {
        KeyStateName::Next => KeyState::Next,
        KeyStateName::Current => KeyState::Current,
        KeyStateName::Retiring => KeyState::Retiring,
    };
    Loaded::load(path, alg, entry.kid.as_deref(), state, |alg| {
        if is_json {
            return SigningKey::from_jwk(&PROVIDER, text.expose(), alg);
        }
        let pem = core::str::from_utf8(text.expose()).map_err(|_| KeyError::MalformedPem)?;
        SigningKey::from_pem(&PROVIDER, pem, alg)
    })
}

fn generated<E>(
    file: Option<PathBuf>,
    generate: impl Fn() -> Result<SecretBytes, E>,
    alg: Alg,
) -> Result<Loaded, ServeError>
where
    symbolon::crypto::RandomFailed: From<E>,
{
    let make = || generate().map_err(|error| ServeError::Random(error.into()));
    let Some(path) = file else {
        let der = make()?;
        let load = |alg| SigningKey::from_pkcs8_der(&PROVIDER, der.expose(), alg);
        return Loaded::load(Path::new(MEMORY), Some(alg), None, KeyState::Current, load);
    };
    read_or_make(&path, || Ok(pem::encode("PRIVATE KEY", make()?.expose()).into_bytes()))?;
    configured(&KeyEntry { file: path, kid: None, alg: Some(alg.as_str().into()), state: KeyStateName::Current })
}

/// In place of a file's name.
const MEMORY: &str = "(memory)";

/// The key with a `kid`, if need be its thumbprint. A secret cannot be published, so that nobody could verify with it.
fn named(key: SigningKey, path: &Path) -> Result<SigningKey, ServeError> {
    let Some(public) = key.public_jwk() else {
        return Err(ServeError::Key { path: path.into(), source: KeyError::UnsupportedKeyType });
    };
    Ok(match key.kid() {
        Some(_) => key,
        None => key.with_kid(public.thumbprint(PROVIDER.sha256).to_base64url()),
    })
}

/// The file; if it is not there it is made, readable by its owner alone. Of two that make it one wins, and both read it.
fn read_or_make(path: &Path, make: impl FnOnce() -> Result<Vec<u8>, ServeError>) -> Result<Vec<u8>, ServeError> {
    if !path.exists() {
        let secret = SecretBytes::new(make()?);
        match create(path, secret.expose()) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made.map_err(file_error(path))?,
        }
    }
    if is_open_to_others(path).map_err(file_error(path))? {
        tracing::warn!(file = %path.display(), "others may read this key: take their rights away");
    }
    fs::read(path).map_err(file_error(path))
}

/// The file is there with all of its octets or not at all: whoever comes in between, and whenever the machine stops.
fn create(path: &Path, secret: &[u8]) -> io::Result<()> {
    let draft = draft(path)?;
    // Of two that do this at once the second finds the name taken, and the file behind it whole.
    let made = write(&draft, secret).and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    made.and(removed)
}

/// As [`create`], in place of what is there.
pub(super) fn replace(path: &Path, content: &[u8]) -> Result<(), ServeError> {
    let replace = || {
        let draft = draft(path)?;
        write(&draft, content).and_then(|()| fs::rename(&draft, path)).inspect_err(|_| {
            // It may hold a key, and is of no use to anybody.
            let _ = fs::remove_file(&draft);
        })
    };
    replace().map_err(file_error(path))
}

/// The name of a file beside this one that nobody else has, in a folder that is there.
fn draft(path: &Path) -> io::Result<PathBuf> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        create_folder(folder)?;
    }
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?.to_owned();
    let mut random = [0; 8];
    PROVIDER.random.fill(&mut random).map_err(io::Error::other)?;
    name.push(format!(".{:016x}.tmp", u64::from_ne_bytes(random)));
    Ok(path.with_file_name(name))
}

fn write(path: &Path, secret: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(secret)?;
    file.sync_all()
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> io::Result<bool> {
    Ok(false)
}

fn file_error(path: &Path) -> impl Fn(io::Error) -> ServeError {
    let path = path.to_owned();
    move |source| ServeError::File { path: path.clone(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::tests::Folder;

    fn in_folder(folder: &Folder) -> ServeConfig {
        ServeConfig { key_dir: Some(folder.path().join("keys")), ..ServeConfig::default() }
    }

    #[test]
    fn keys_are_made_at_the_first_start_and_read_at_the_second() {
        let folder = Folder::new("keys-made");
        let first = Keys::load(&in_folder(&folder)).unwrap();
        assert_eq!(first.algs(), [Alg::Es256, Alg::Ed25519, Alg::EdDsa]);
        assert_eq!(first.jwks().keys().len(), 3);
        let second = Keys::load(&in_folder(&folder)).unwrap();
        assert_eq!(first.jwks(), second.jwks());
        assert_eq!(format!("{:?}", first.server), format!("{:?}", second.server));
        let elsewhere = Keys::load(&in_folder(&Folder::new("keys-made-elsewhere"))).unwrap();
        assert_ne!(first.jwks(), elsewhere.jwks());
    }

    #[cfg(unix)]
    #[test]
    fn only_their_owner_may_read_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = Folder::new("keys-modes");
        Keys::load(&in_folder(&folder)).unwrap();
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(folder.path().join("keys")), 0o700);
        for name in ["server.key", "es256.pem", "ed25519.pem"] {
            assert_eq!(mode(folder.path().join("keys").join(name)), 0o600, "{name}");
        }
        assert_eq!(fs::read_dir(folder.path().join("keys")).unwrap().count(), 3, "no draft is left");
    }

    #[test]
    fn of_two_that_make_a_file_the_first_wins_and_it_is_never_written_over() {
        let folder = Folder::new("keys-race");
        let path = folder.path().join("a.key");
        create(&path, b"first").unwrap();
        assert_eq!(create(&path, b"second").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");

        let path = folder.path().join("b.key");
        let made = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..4_u8)
                .map(|n| {
                    scope.spawn({
                        let path = &path;
                        move || read_or_make(path, || Ok(vec![n; 32])).unwrap()
                    })
                })
                .collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(made.iter().all(|read| *read == made[0] && read.len() == 32), "{made:?}");
    }

    #[test]
    fn what_cannot_be_put_in_place_is_not_left_beside_it() {
        let folder = Folder::new("keys-replace");
        let path = folder.path().join("a.key");
        fs::create_dir_all(path.join("taken")).unwrap();
        assert!(replace(&path, b"first").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
        fs::remove_dir_all(&path).unwrap();
        for content in [b"first", b"after"] {
            replace(&path, content).unwrap();
            assert_eq!(fs::read(&path).unwrap(), content);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn in_development_without_a_folder_nothing_is_written() {
        let config = ServeConfig { development: true, ..ServeConfig::default() };
        let keys = Keys::load(&config).unwrap();
        assert_ne!(keys.jwks(), Keys::load(&config).unwrap().jwks());
        assert!(!Path::new(ServeConfig::DEFAULT_KEY_DIR).exists());
    }

    #[test]
    fn a_configured_key_is_pem_or_jwk_with_its_kid_and_alg() {
        let folder = Folder::new("keys-configured");
        let pem = folder.write("a.pem", include_str!("../../examples/app.key.pem"));
        // RFC 8037 Appendix A.1
        let jwk = folder.write(
            "b.jwk",
            r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
                "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
        );
        let entry = |file: &Path, kid: Option<&str>, alg: Option<&str>| KeyEntry {
            file: file.into(),
            kid: kid.map(Into::into),
            alg: alg.map(Into::into),
            state: KeyStateName::Current,
        };
        let load = |entries: Vec<KeyEntry>| Keys::load(&ServeConfig { keys: entries, ..in_folder(&folder) });

        let keys = load(vec![entry(&pem, Some("2026"), Some("ES256")), entry(&jwk, None, Some("EdDSA"))]).unwrap();
        assert_eq!(keys.algs(), [Alg::Es256, Alg::EdDsa, Alg::Ed25519]);
        assert_eq!(keys.first.kid(), Some("2026"));
        let kid = |alg| keys.signing.current(alg).and_then(TokenSigner::kid);
        assert_eq!(kid(Alg::EdDsa), Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
        assert_eq!(kid(Alg::Ed25519), Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k.Ed25519"));
        let both = load(vec![entry(&jwk, Some("1"), Some("EdDSA")), entry(&jwk, Some("2"), None)]).unwrap();
        assert_eq!(both.algs(), [Alg::EdDsa, Alg::Ed25519], "as configured");
        assert_eq!(both.jwks().keys().len(), 2);

        let secret = folder.write("c.jwk", r#"{"kty":"oct","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}"#);
        let public = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let public = folder.write("d.jwk", public);
        for wrong in [
            vec![entry(&pem, None, Some("RS256"))],
            vec![entry(&pem, None, Some("none"))],
            vec![entry(&secret, None, None)],
            vec![entry(&public, None, None)],
            vec![entry(&folder.path().join("absent.pem"), None, None)],
            vec![entry(&pem, Some("1"), None), entry(&jwk, Some("1"), None)],
        ] {
            assert!(load(wrong).is_err());
        }
    }

    #[test]
    fn a_key_that_is_next_or_retires_is_published_and_signs_nothing() {
        let folder = Folder::new("keys-rotated");
        let es256 = folder.write("a.pem", include_str!("../../examples/app.key.pem"));
        let ed25519 = |name: &str| {
            let der = generate_ed25519_pkcs8().unwrap();
            folder.write(name, &pem::encode("PRIVATE KEY", der.expose()))
        };
        let [old, new] = ["b.pem", "c.pem"].map(ed25519);
        let entry =
            |file: &Path, kid: &str, state| KeyEntry { file: file.into(), kid: Some(kid.into()), alg: None, state };
        let load = |keys: Vec<KeyEntry>| Keys::load(&ServeConfig { keys, ..in_folder(&folder) });
        let (current, next, retiring) = (KeyStateName::Current, KeyStateName::Next, KeyStateName::Retiring);
        for (of_old, of_new, signs) in [(current, next, "old"), (retiring, current, "new")] {
            let keys =
                load(vec![entry(&new, "new", of_new), entry(&es256, "es256", current), entry(&old, "old", of_old)]);
            let keys = keys.unwrap();
            let kid = |alg| keys.signing.current(alg).and_then(TokenSigner::kid).map(String::from);
            assert_eq!(kid(Alg::Ed25519), Some(signs.into()));
            assert_eq!(kid(Alg::EdDsa), Some(format!("{signs}.EdDSA")), "under its other name too");
            assert_eq!(kid(Alg::Es256), Some("es256".into()));
            assert_eq!(keys.jwks().keys().len(), 5);
            assert_eq!(keys.first.kid(), Some(if of_new == current { "new" } else { "es256" }), "the first that signs");
        }
        let refusal = load(vec![entry(&old, "old", current), entry(&new, "new", current)]).unwrap_err();
        assert!(matches!(refusal, ServeError::SigningKeys(_)), "{refusal}");
        assert!(
            matches!(load(vec![entry(&old, "old", next)]), Err(ServeError::Contradiction(_))),
            "nothing would sign"
        );
    }

    #[test]
    fn a_short_server_key_is_refused() {
        let folder = Folder::new("keys-short");
        are_long_enough(&folder, |file| {
            Keys::load(&ServeConfig { server_key: Some(file), ..in_folder(&folder) }).map(|_| ())
        });
    }

    #[test]
    fn a_short_key_of_pairwise_subjects_is_refused_and_without_such_clients_there_is_none() {
        let folder = Folder::new("keys-pairwise");
        let mut client = ClientMetadata::new("app");
        client.subject_type = Some("pairwise".into());
        are_long_enough(&folder, |file| {
            let config = ServeConfig { pairwise_key: Some(file), clients: vec![client.clone()], ..in_folder(&folder) };
            Keys::load(&config).map(|keys| assert!(keys.pairwise.is_some()))
        });
        let root = |clients: Vec<ClientMetadata>| {
            let keys = Keys::load(&ServeConfig { clients, ..in_folder(&folder) }).unwrap();
            keys.pairwise.map(|root| root.expose().to_vec())
        };
        assert_eq!(root(vec![ClientMetadata::new("app")]), None);
        assert!(!folder.path().join("keys/pairwise.key").exists());
        let made = root(vec![client.clone()]);
        assert_eq!(made, fs::read(folder.path().join("keys/pairwise.key")).ok());
        assert_eq!(root(vec![client]), made, "at the next start too");
    }

    fn are_long_enough(folder: &Folder, load: impl Fn(PathBuf) -> Result<(), ServeError>) {
        assert!(load(folder.write("long.key", &"k".repeat(32))).is_ok());
        for (name, text) in [("short.key", "k".repeat(31)), ("empty.key", String::new())] {
            let refusal = load(folder.write(name, &text)).unwrap_err().to_string();
            assert!(refusal.contains(name) && !refusal.contains("kkk"), "{refusal}");
        }
        assert!(load(folder.path().join("made.key")).is_ok());
        assert_eq!(fs::read(folder.path().join("made.key")).unwrap().len(), 32);
    }
}
