//! Every route, called as a service without a socket.

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod backchannel_authentication;
#[cfg(test)]
mod body;
#[cfg(test)]
mod connection;
#[cfg(test)]
mod cors;
#[cfg(test)]
mod device_authorization;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod support;
