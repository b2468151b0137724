//! The step of a client that asks for its user (OpenID CIBA): it is told that the user has decided, and asks what.

use core::time::Duration;

use symbolon::{
    client::{Backchannel, BackchannelAsked, BackchannelPlan, Hint, PollError, Sending},
    id_token::Personal,
    types::{ErrorCode, Scope},
};
use time::UtcDateTime;

use super::{
    Failure,
    grants::{field_of, is_refused, open, post, token_of},
    steps::{Demo, require, step},
    tamper::Tamper,
    wire::receive_ping,
};

/// What the user sees at the client and at the server.
const MESSAGE: &str = "W4SCT";
/// Who is asked.
pub(super) const ALICE: &str = "248289761001";
/// How long the server may take to tell the client.
const PATIENCE: Duration = Duration::from_secs(10);

impl Demo {
    /// The client asks, the user sees who asks and why and says yes, the client is told so and has its tokens (security decision
    /// D26).
    pub(super) async fn ciba(&self, checked: &mut Vec<String>) -> Result<(), Failure> {
        const HERE: &str = step::CIBA;
        println!("-- {HERE}");
        let mut asked = self.ask_for_alice().await?;
        let early = poll(&mut asked)?;
        let early = self.send(HERE, &self.sender, Ok(early)).await?;
        require(HERE, is_refused(&early, &ErrorCode::AuthorizationPending), "nothing is decided yet")?;

        let page = format!("{}/backchannel", self.basic.issuer().as_str());
        let (form, cookie) = open(HERE, &page).await?;
        let enter = format!("csrf_token={}&login=alice", token_of(&form));
        let shown = post(HERE, &page, &cookie, enter).await?;
        let text = String::from_utf8_lossy(&shown.body);
        require(HERE, text.contains("demo-basic") && text.contains(MESSAGE), "who asks and the message are shown")?;
        let login = if self.tamper == Some(Tamper::CibaUser) { "bob" } else { "alice" };
        let (token, request) = (token_of(&shown), field_of(&shown, "request"));
        let yes = format!("csrf_token={token}&request={request}&login={login}&decision=approve");
        let decided = post(HERE, &page, &cookie, yes).await?;
        require(HERE, decided.first_line().contains(" 200"), decided.first_line())?;

        let told = tokio::time::timeout(PATIENCE, receive_ping(&self.pings, self.tamper)).await;
        let told = told.map_err(|_| Failure::at(HERE, "the client was not told"))?;
        let told = told.map_err(|error| Failure::at(HERE, error))?;
        let authorization = told.header("authorization").unwrap_or_default();
        asked
            .pinged(authorization.as_bytes(), &told.body, UtcDateTime::now())
            .map_err(|error| Failure::at(HERE, error))?;
        let tokens = self.ask(HERE, &self.sender, Ok(poll(&mut asked)?)).await?;
        let tokens = tokens.verify(&self.keys, UtcDateTime::now()).map_err(|error| Failure::at(HERE, error))?;
        require(HERE, tokens.id_token().is_some_and(|claims| claims.sub.as_str() == ALICE), "it is alice")?;
        let again = poll(&mut asked)?;
        let again = self.send(HERE, &self.sender, Ok(again)).await?;
        require(HERE, is_refused(&again, &ErrorCode::InvalidGrant), "the same auth_req_id again is invalid_grant")?;
        checked.push(format!(
            "{HERE}: authorization_pending until the user, shown who asks, said yes and the client was told; then an ID token, once"
        ));
        Ok(())
    }

    async fn ask_for_alice(&self) -> Result<Backchannel, Failure> {
        let fail = |error: &dyn core::fmt::Display| Failure::at(step::CIBA, error);
        let scope = Scope::parse("openid read").map_err(|error| fail(&error))?;
        let mut plan = BackchannelPlan::new(scope, Hint::Login(Personal::new("alice")));
        plan.binding_message = Some(MESSAGE.into());
        plan.ping = true;
        let begun = self.basic.authenticate_backchannel(plan, UtcDateTime::now());
        let (preparing, pending) = begun.map_err(|error| fail(&error))?;
        let request = preparing.ready().map_err(|error| fail(&error))?;
        let response = self.sender.send(request).await.map_err(|error| fail(&error))?;
        match pending.receive(&response, UtcDateTime::now()).map_err(|error| fail(&error))? {
            BackchannelAsked::Pending(asked) => Ok(asked),
            BackchannelAsked::Refused(answer) => Err(fail(&answer)),
            _ => Err(fail(&"an unknown answer")),
        }
    }
}

/// The next poll, at the moment from which it may be sent: the demo does not wait for it.
fn poll(asked: &mut Backchannel) -> Result<Sending, Failure> {
    let polling = asked.polling_mut();
    let poll: Result<Sending, PollError> = polling.poll(polling.next());
    poll.map_err(|error| Failure::at(step::CIBA, error))
}
