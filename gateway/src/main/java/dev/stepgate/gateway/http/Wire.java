package dev.stepgate.gateway.http;

/** The way back to whoever made one request. Thread-safe; of several answers the first is taken. */
interface Wire {

    /** Whether the caller takes an event stream. */
    boolean takesEvents();

    /** Whether the caller names an event stream before anything else that it takes. */
    boolean prefersEvents();

    /** Answers whole. */
    void answer(Answer answer);

    /** Answers with an event stream from now on. */
    EventStream stream();

    /** Answers with 200 and a body of that type, piece by piece, from now on. */
    Outflow outflow(String contentType);

    /** Has an action run, once, when the caller goes before it has its whole answer. */
    void onGone(Runnable action);
}
