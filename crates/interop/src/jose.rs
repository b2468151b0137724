//! `jose`: tokens and keys, for every algorithm, provider and peer, in both directions.

mod keys;
mod lines;
mod token;

use std::{path::Path, process::Command};

use serde_json::{Map, Value, json};
use symbolon_crypto::CryptoProvider;
use symbolon_jose::{JwtError, KeyError, KeySetError, SelectError, SignError};
use symbolon_types::Alg;
use thiserror::Error;

use crate::{
    peer::{Peer, PeerError, Refusal},
    tally::{Checks, Tally},
};

use keys::{Made, Pair};
use lines::Sides;

/// One of our backends, and what is expected of it.
struct Provider {
    name: &'static str,
    crypto: &'static CryptoProvider,
    /// What it must do, of [`ALGS`], and nothing else.
    algs: &'static [&'static str],
}

const PROVIDERS: &[Provider] = &[
    Provider {
        name: "ring",
        crypto: &symbolon_crypto_ring::PROVIDER,
        algs: &[
            "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "Ed25519", "HS256",
            "HS384", "HS512",
        ],
    },
    Provider { name: "aws-lc-rs", crypto: &symbolon_crypto_aws_lc_rs::PROVIDER, algs: ALGS },
];

/// A foreign library, and what is expected of it.
struct Library {
    name: &'static str,
    /// Its program and arguments, below the folder of the peers.
    command: &'static [&'static str],
    /// What it must do, of [`ALGS`], and nothing else.
    algs: &'static [&'static str],
}

const LIBRARIES: &[Library] = &[
    Library {
        name: "npm jose",
        command: &["node", "npm/peer.mjs"],
        algs: &[
            "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
            "HS256", "HS384", "HS512",
        ],
    },
    Library {
        name: "PyPI joserfc",
        command: &["pypi/venv/bin/python", "../../crates/interop/peers/pypi/peer.py"],
        algs: &[
            "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "ES256K", "EdDSA",
            "Ed25519", "HS256", "HS384", "HS512",
        ],
    },
];

/// The registered signature algorithms, whether we name them or not. Those of [`Alg::ALL`] are among them.
const ALGS: &[&str] = &[
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "ES256K",
    "EdDSA",
    "Ed25519",
    "HS256",
    "HS384",
    "HS512",
    "ML-DSA-44",
    "ML-DSA-65",
    "ML-DSA-87",
];

/// Why a line of checks ended early.
#[derive(Debug, Error)]
enum Trouble {
    #[error(transparent)]
    Peer(#[from] PeerError),
    #[error("refused there: {0:?}")]
    There(Refusal),
    #[error("no `{0}` in the answer")]
    NoMember(&'static str),
    #[error("refused here: {0}")]
    Key(#[from] KeyError),
    #[error("refused here: {0}")]
    KeySet(#[from] KeySetError),
    #[error("refused here: {0}")]
    Select(#[from] SelectError),
    #[error("refused here: {0}")]
    Jwt(#[from] JwtError),
    #[error("not signed here: {0}")]
    Sign(#[from] SignError),
    #[error("not in the form that it was made in: {0}")]
    Form(&'static str),
}

/// Runs all of it.
pub(crate) fn run(folder: &Path) -> Result<Tally, PeerError> {
    let mut tally = Tally::default();
    tally.add("this program", "", &own_lists());
    for library in LIBRARIES {
        let mut peer = start(library, folder)?;
        let made = offered(library, &mut peer, &mut tally)?;
        for provider in PROVIDERS {
            compare(provider, library, &mut peer, &made, &mut tally)?;
        }
    }
    Ok(tally)
}

/// An algorithm that is added to [`Alg`] is added here, or this fails.
fn own_lists() -> Checks {
    let mut checks = Checks::default();
    for alg in Alg::ALL {
        checks.holds(&format!("{alg} is among those that are asked for"), ALGS.contains(&alg.as_str()));
        let done = PROVIDERS.iter().any(|provider| provider.algs.contains(&alg.as_str()));
        checks.holds(&format!("{alg} is done by a provider"), done);
    }
    checks
}

fn start(library: &Library, folder: &Path) -> Result<Peer, PeerError> {
    let [program, arguments @ ..] = library.command else { return Err(PeerError::Gone { name: library.name }) };
    let mut command = Command::new(if program.contains('/') { folder.join(program) } else { program.into() });
    command.args(arguments.iter().map(|argument| folder.join(argument)));
    let mut peer = Peer::start(library.name, &mut command)?;
    let hello = peer.ask("hello", json!({}))?.unwrap_or_default();
    let said = |name| hello.get(name).and_then(Value::as_str).unwrap_or("?").to_owned();
    println!("{} {} on {}", library.name, said("version"), said("runtime"));
    Ok(peer)
}

/// Has the peer make a key for every algorithm that it can do, and compares these with the expected ones.
fn offered(library: &Library, peer: &mut Peer, tally: &mut Tally) -> Result<Vec<Made>, PeerError> {
    let mut made = Vec::new();
    let mut checks = Checks::default();
    for &alg in ALGS {
        let request = json!({ "alg": alg, "kid": keys::other_kid(alg) });
        let answer = peer.ask("generate", request.clone())?;
        let offers = !matches!(answer, Err(Refusal::NotOffered));
        checks.equal(
            &format!("whether {alg} is offered, as expected and as it is,"),
            &library.algs.contains(&alg),
            &offers,
        );
        match answer {
            Ok(members) => {
                let second = if keys::is_shared(alg) { None } else { peer.ask("generate", request)?.ok() };
                made.push(Made::new(alg, members, second));
            }
            Err(Refusal::NotOffered) => {}
            Err(refused) => checks.fault(format!("no key for {alg}: {refused:?}")),
        }
    }
    tally.add(library.name, "offers", &checks);
    Ok(made)
}

/// All lines of one provider and one peer.
fn compare(
    provider: &Provider,
    library: &Library,
    peer: &mut Peer,
    made: &[Made],
    tally: &mut Tally,
) -> Result<(), PeerError> {
    let there = format!("{} -> {}", provider.name, library.name);
    let back = format!("{} -> {}", library.name, provider.name);
    let both = format!("{} = {}", provider.name, library.name);

    let mut pairs = Vec::new();
    let mut offers = Checks::default();
    for &name in ALGS {
        let expected = provider.algs.contains(&name);
        let known = name.parse::<Alg>().ok().filter(|alg| keys::can_do(provider.crypto, *alg));
        offers.equal(&format!("whether {name} is done, as expected and as it is,"), &expected, &known.is_some());
        let key = made.iter().find(|made| made.alg == name);
        let lacking = match (known, key) {
            (Some(alg), Some(key)) => {
                match Pair::main(provider.crypto, peer, alg, key)
                    .and_then(|main| Ok((main, Pair::other(provider.crypto, alg, key)?)))
                {
                    Ok((main, other)) => pairs.push((alg, main, other)),
                    Err(Trouble::Peer(error)) => return Err(error),
                    Err(trouble) => offers.fault(format!("keys for {name}: {trouble}")),
                }
                continue;
            }
            (None, Some(_)) => provider.name.to_owned(),
            (Some(_), None) => library.name.to_owned(),
            (None, None) => format!("{}, nor by {}", provider.name, library.name),
        };
        for who in [&there, &back] {
            tally.not_offered(who, name, &lacking);
        }
    }
    tally.add(&both, "offers", &offers);

    let published = keys::published_here(&pairs);
    let told = keys::published_there(made, &pairs);
    for (alg, main, other) in &pairs {
        let mut sides =
            Sides { provider, peer: &mut *peer, alg: *alg, main, other, published: &published, told: &told };
        let lines: [(&str, Line); 3] = [
            (&there, |sides, checks| sides.sign_here(checks)),
            (&back, |sides, checks| sides.sign_there(checks)),
            (&both, |sides, checks| sides.compare_keys(checks)),
        ];
        for (who, line) in lines {
            let mut checks = Checks::default();
            match line(&mut sides, &mut checks) {
                Ok(()) => {}
                Err(Trouble::Peer(error)) => return Err(error),
                Err(trouble) => checks.fault(trouble.to_string()),
            }
            tally.add(who, alg.as_str(), &checks);
        }
    }
    Ok(())
}

type Line = fn(&mut Sides<'_>, &mut Checks) -> Result<(), Trouble>;

/// Asks for what must be given.
fn ask(peer: &mut Peer, op: &str, request: Value) -> Result<Map<String, Value>, Trouble> {
    peer.ask(op, request)?.map_err(Trouble::There)
}

fn text(members: &Map<String, Value>, name: &'static str) -> Result<String, Trouble> {
    members.get(name).and_then(Value::as_str).map(str::to_owned).ok_or(Trouble::NoMember(name))
}

fn member(members: &Map<String, Value>, name: &'static str) -> Result<Value, Trouble> {
    members.get(name).cloned().ok_or(Trouble::NoMember(name))
}
