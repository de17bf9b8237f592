package dev.stepgate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.gateway.http.RawHttp.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Malformed and ambiguous requests by raw sockets: no request hides in another, and none gets around the token. */
@QuarkusTest
@TestProfile(LockedGateway.class)
@Timeout(300)
class RawRequestsIT {
    private static final int SILENCE_MILLIS = 400;

    @TestHTTPResource("/")
    URI root = URI.create("http://localhost");

    @Test
    void seesTwoAnswersToTwoPlainRequests() throws Exception {
        String one = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
        assertThat(RawHttp.exchange(root, one + one, 2_000))
                .extracting(Answer::status)
                .containsExactly(200, 200);
    }

    @Test
    void readsWhatIsTwoRequestsAsTwo() throws Exception {
        for (String pair : RawRequests.pairs()) {
            assertThat(RawHttp.exchange(root, pair, 2_000))
                    .extracting(Answer::status)
                    .containsExactly(401, 200);
        }
    }

    @Test
    void letsNoneOfAtLeastThreeHundredRequestsThrough() throws Exception {
        Map<String, String> requests = RawRequests.all();
        assertThat(requests).hasSizeGreaterThanOrEqualTo(300);
        List<String> wrong = new ArrayList<>();
        try (ExecutorService callers = Executors.newFixedThreadPool(16)) {
            Map<String, Future<List<Answer>>> asked = new java.util.LinkedHashMap<>();
            requests.forEach((name, request) ->
                    asked.put(name, callers.submit(() -> RawHttp.exchange(root, request, SILENCE_MILLIS))));
            for (Map.Entry<String, Future<List<Answer>>> one : asked.entrySet()) {
                List<Integer> statuses = one.getValue().get().stream()
                        .map(Answer::status)
                        .filter(status -> status != 100)
                        .toList();
                boolean passed = statuses.stream().anyMatch(status -> status < 400);
                if (statuses.size() > 1 || passed) {
                    wrong.add(one.getKey().replaceAll("\\p{Cntrl}", ".") + " " + statuses);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }
}
