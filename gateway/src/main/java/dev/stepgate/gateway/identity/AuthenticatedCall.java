package dev.stepgate.gateway.identity;

/** A call whose caller may call tools in this episode. Only the {@link Authenticator} makes one. */
public final class AuthenticatedCall {
    private final IncomingCall incoming;

    AuthenticatedCall(IncomingCall incoming) {
        this.incoming = incoming;
    }

    public IncomingCall incoming() {
        return incoming;
    }
}
