import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The gateway under test, seen over HTTP: its slots, its episodes. */
record Server(URI url, HttpClient http) {
    private static final ObjectMapper JSON = new ObjectMapper();

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
        return JSON.readTree(created.body());
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
