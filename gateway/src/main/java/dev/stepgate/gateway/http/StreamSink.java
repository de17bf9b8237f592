package dev.stepgate.gateway.http;

import dev.stepgate.gateway.session.EventLog;

/** Passes the events of a log to one client. */
record StreamSink(EventStream stream) implements EventLog.Sink {
    @Override
    public void event(String id, byte[] json) {
        stream.send(id, json);
    }

    @Override
    public void end() {
        stream.end();
    }
}
