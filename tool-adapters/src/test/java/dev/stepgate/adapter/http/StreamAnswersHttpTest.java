package dev.stepgate.adapter.http;

class StreamAnswersHttpTest extends HttpAdapterContract {
    StreamAnswersHttpTest() {
        super(true);
    }
}
