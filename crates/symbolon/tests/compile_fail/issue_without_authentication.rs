use symbolon::server::ReceivedRequest;

fn issue(request: ReceivedRequest) {
    let _ = request.into_grant();
}

fn main() {}
