//! `symbolon token`, the built binary, against servers in this process on loopback.

#[cfg(test)]
mod a_certificate_is_presented;
#[cfg(test)]
mod a_redirect_or_html_is_no_answer;
#[cfg(test)]
mod a_refusal_is_explained;
#[cfg(test)]
mod a_tolerance_is_asked_for_and_told;
#[cfg(test)]
mod command;
#[cfg(test)]
mod id_tokens_are_verified;
#[cfg(test)]
mod nothing_secret_is_reported;
#[cfg(test)]
mod server;
#[cfg(test)]
mod the_request_is_what_the_options_say;
#[cfg(test)]
mod tokens_are_bound_to_a_key;
#[cfg(test)]
mod wrong_options_and_files;
