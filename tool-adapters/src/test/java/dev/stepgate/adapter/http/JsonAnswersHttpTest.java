package dev.stepgate.adapter.http;

class JsonAnswersHttpTest extends HttpAdapterContract {
    JsonAnswersHttpTest() {
        super(false);
    }
}
