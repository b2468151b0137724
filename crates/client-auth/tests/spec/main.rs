//! What is read, accepted and refused, by specification section and behaviour.

#[cfg(feature = "unstable-attestation")]
#[cfg(test)]
mod attestation_based_client_authentication;
#[cfg(test)]
mod both_halves_fit;
#[cfg(test)]
mod going_on_reports_every_rule;
#[cfg(test)]
mod idporten_source_assertions;
#[cfg(test)]
mod nothing_is_shown;
#[cfg(test)]
mod oidc_core_9_client_secret_jwt;
#[cfg(test)]
mod registered_method_and_secret;
#[cfg(test)]
mod rfc6749_2_3_1_client_password;
#[cfg(test)]
mod rfc6749_2_3_one_mechanism;
#[cfg(test)]
mod rfc7515_4_1_6_x5c;
#[cfg(test)]
mod rfc7521_4_2_assertion_parameters;
#[cfg(test)]
mod rfc7523_2_2_client_half;
#[cfg(test)]
mod rfc7523_3_assertion;
#[cfg(test)]
mod rfc8705_2_1_pki_method;
#[cfg(test)]
mod rfc8705_2_2_self_signed_method;
#[cfg(test)]
mod rfc8705_2_client_half;
#[cfg(test)]
mod rfc8705_3_1_thumbprint;
#[cfg(test)]
mod support;
