package dev.stepgate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.jboss.logmanager.ExtHandler;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.handlers.ConsoleHandler;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(CredentialedGateway.class)
class CredentialIT {
    private static final String CALL = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
            + "\"params\":{\"name\":\"tell\",\"arguments\":{}}}";

    @TestHTTPResource("/")
    URI gateway = URI.create("http://localhost");

    private String post(String path, String body) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(gateway.resolve(path))
                    .header("Content-Type", "application/json")
                    .header("Authorization", "Bearer of-the-caller-alone")
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build();
            return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        }
    }

    @Test
    void attachesTheCredentialAndTakesItOutOfTheAnswerAndTheJournal() throws Exception {
        String answer = post("/envs/told/mcp", CALL);

        assertThat(answer).contains("you sent Bearer [redacted:credential]").doesNotContain(CredentialedGateway.SECRET);
        assertThat(CredentialedGateway.SEEN).isNotEmpty().containsOnly("Bearer " + CredentialedGateway.SECRET);
        assertThat(written()).isNotEmpty().noneMatch(text -> text.contains(CredentialedGateway.SECRET));
    }

    private static String call(String tool, String arguments) {
        return "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"" + tool
                + "\",\"arguments\":" + arguments + "}}";
    }

    @Test
    void fillsAnArgumentThatNobodyElseSees() throws Exception {
        String listed =
                post("/envs/told/mcp", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{}}");
        assertThat(listed).contains("\"pay\"", "amount").doesNotContain("api_key", "auth");

        String answer = post("/envs/told/mcp", call("pay", "{\"amount\":3}"));

        assertThat(CredentialedGateway.PAID)
                .singleElement()
                .hasToString("{\"amount\":3,\"auth\":{\"api_key\":\"" + CredentialedGateway.KEY + "\"}}");
        assertThat(answer).contains("you paid with").doesNotContain(CredentialedGateway.KEY);
        assertThat(written())
                .noneMatch(text -> text.contains(CredentialedGateway.KEY))
                .anyMatch(text -> text.contains("\"credentials\":[{\"name\":\"key\""));
    }

    @Test
    void refusesACallThatBringsWhatIsFilledIn() throws Exception {
        int before = CredentialedGateway.PAID.size();

        String answer = post("/envs/told/mcp", call("pay", "{\"amount\":3,\"auth\":{\"api_key\":\"mine\"}}"));

        assertThat(answer).contains("args.schema", "/auth/api_key");
        assertThat(CredentialedGateway.PAID).hasSize(before);
    }

    @Test
    void followsNobodyToAnotherHost() throws Exception {
        String answer = post("/envs/told/mcp", call("leave", "{}"));

        assertThat(answer).contains("env_error");
        assertThat(CredentialedGateway.ELSEWHERE).isEmpty();
    }

    /** One environment's credential is of its session because it is of all tools, the other's because it says so. */
    @Test
    void takesTheCredentialOfASessionOutOfItsLists() throws Exception {
        for (String environment : List.of("told", "shy")) {
            String listed = post(
                    "/envs/" + environment + "/mcp",
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{}}");
            assertThat(listed)
                    .contains("Tells headers, as Bearer [redacted:credential]")
                    .doesNotContain(CredentialedGateway.SECRET);
        }
    }

    @Test
    void logsThroughTheFilterThatTakesCredentialsOut() {
        ConsoleHandler console = Stream.of(Logger.getLogger("").getHandlers())
                .flatMap(CredentialIT::withInner)
                .filter(ConsoleHandler.class::isInstance)
                .map(ConsoleHandler.class::cast)
                .findFirst()
                .orElseThrow();
        ExtLogRecord entry = new ExtLogRecord(
                Level.INFO, "said " + CredentialedGateway.SECRET, ExtLogRecord.FormatStyle.NO_FORMAT, "x");

        assertThat(console.getFilter().isLoggable(entry)).isTrue();
        assertThat(entry.getMessage()).isEqualTo("said [redacted:credential]");
    }

    private static Stream<Handler> withInner(Handler handler) {
        return Stream.concat(
                Stream.of(handler),
                handler instanceof ExtHandler outer
                        ? Stream.of(outer.getHandlers()).flatMap(CredentialIT::withInner)
                        : Stream.empty());
    }

    private static List<String> written() throws IOException {
        try (Stream<Path> files = Files.walk(CredentialedGateway.FOLDER.resolve("data"))) {
            return files.filter(Files::isRegularFile).map(CredentialIT::text).toList();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
