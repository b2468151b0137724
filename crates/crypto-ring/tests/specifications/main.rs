//! What the provider takes and refuses, by specification section and behaviour.
extern crate alloc;

#[cfg(test)]
mod fips180_4_digests;
#[cfg(test)]
mod refused_keys;
#[cfg(test)]
mod refused_signatures;
#[cfg(test)]
mod rfc4231_hmac;
#[cfg(test)]
mod rfc5116_aead;
#[cfg(test)]
mod rfc7515_a_examples;
#[cfg(test)]
mod rfc8037_a_examples;
#[cfg(test)]
mod round_trips;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod wycheproof;
