import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The gateway under test, seen over HTTP: its slots, its episodes. */
record Server(URI url, HttpClient http) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern CAPABILITY = Pattern.compile("/e/([A-Za-z0-9_-]{32})");

    URI environment(String name) {
        return url.resolve("/envs/" + name);
    }

    int inUse(String environment) throws Exception {
        return get(environment(environment)).path("capacity").path("in_use").asInt();
    }

    JsonNode get(URI address) throws Exception {
        return JSON.readTree(send(HttpRequest.newBuilder(address).GET()).body());
    }

    /** Opens an episode: its id and its base URL. */
    JsonNode open(String environment) throws Exception {
        HttpResponse<String> created = send(HttpRequest.newBuilder(url.resolve("/episodes"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"env\":\"" + environment + "\"}")));
        Checks.equal(created.statusCode(), 201, "POST /episodes");
        remember(created.body());
        return JSON.readTree(created.body());
    }

    /** For the search at the end of the run: what an episode's URLs hold is to be found nowhere. */
    private static void remember(String created) throws IOException {
        String file = System.getenv("INTEROP_SECRETS");
        if (file != null) {
            String capabilities = CAPABILITY.matcher(created).results().map(found -> found.group(1) + "\n").collect(Collectors.joining());
            Files.writeString(Path.of(file), capabilities, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }

    void delete(String episode) throws Exception {
        send(HttpRequest.newBuilder(url.resolve("/episodes/" + episode)).DELETE());
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.timeout(Duration.ofSeconds(30)).build(), BodyHandlers.ofString());
    }

    /** Waits until no more than so many slots are taken. */
    void slotsFallTo(String environment, int count, int seconds) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (inUse(environment) > count) {
            Checks.require(System.nanoTime() < end, inUse(environment) + " slots of " + environment + " are taken after " + seconds + " s, expected " + count);
            Thread.sleep(100);
        }
    }
}
