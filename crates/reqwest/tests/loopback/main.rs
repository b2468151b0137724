//! The sender against servers in this process, on loopback.

#[cfg(test)]
mod a_body_is_bounded;
#[cfg(test)]
mod a_client_is_notified;
#[cfg(test)]
mod a_lost_answer_has_a_fate;
#[cfg(test)]
mod a_redirect_is_not_followed;
#[cfg(test)]
mod addresses_are_judged;
#[cfg(test)]
mod jwk_set;
#[cfg(test)]
#[path = "../../examples/login_axum/login.rs"]
mod login;
#[cfg(test)]
mod login_axum;
#[cfg(test)]
mod metadata_is_of_the_issuer;
#[cfg(test)]
mod mutual_tls;
#[cfg(test)]
mod nonce_retry;
#[cfg(test)]
mod nothing_is_shown;
#[cfg(test)]
mod resource_metadata;
#[cfg(test)]
mod server;
#[cfg(test)]
mod tls_roots;
#[cfg(test)]
mod token_request;
