package dev.stepgate.adapter.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolCall;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/** Measures calls through the adapter and, beside them, the bare client with the same bytes. Run by hand. */
final class HttpLoop {
    private static final int ROUNDS = 5;
    private static final Credential NONE = new Credential.None();

    private HttpLoop() {}

    public static void main(String[] args) throws Exception {
        int threads = args.length > 0 ? Integer.parseInt(args[0]) : 1;
        int calls = args.length > 1 ? Integer.parseInt(args[1]) : 20_000;
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
        URI endpoint = serve(vertx);
        HttpClient client = vertx.createHttpClient();
        ToolAdapter adapter = StreamableHttpMcp.connect(
                new HttpLanes(vertx, HttpLimits.DEFAULT, 2),
                endpoint,
                HttpLimits.DEFAULT,
                NONE,
                JsonNodeFactory.instance.objectNode(),
                ProtocolVersion.NEWEST_WITH_SESSIONS,
                Deadline.in(Duration.ofSeconds(5)));
        Runnable bare = bare(vertx, client, endpoint);
        ObjectNode arguments = JsonNodeFactory.instance.objectNode().put("message", "hello");
        ToolCall call = new ToolCall("echo_message", arguments, null);
        Runnable through = () -> adapter.call(call, NONE, Deadline.in(Duration.ofSeconds(5)));
        for (int round = 0; round < ROUNDS; round++) {
            System.out.println("bare    " + measure(bare, threads, calls));
            System.out.println("adapter " + measure(through, threads, calls));
        }
        adapter.close();
        vertx.close();
    }

    private static URI serve(Vertx vertx) {
        int port = vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> {
                    String text = body.toString(UTF_8);
                    int id = text.indexOf("\"id\":") + 5;
                    String number = text.substring(id, text.indexOf(',', id));
                    String result = text.contains("\"initialize\"")
                            ? "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{}}"
                            : "{\"content\":[{\"type\":\"text\",\"text\":\"hello\"}],\"isError\":false}";
                    request.response()
                            .putHeader("Content-Type", "application/json")
                            .end("{\"jsonrpc\":\"2.0\",\"id\":" + number + ",\"result\":" + result + "}");
                }))
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join()
                .actualPort();
        return URI.create("http://127.0.0.1:" + port + "/mcp");
    }

    private static Runnable bare(Vertx vertx, HttpClient client, URI endpoint) {
        Context context = vertx.getOrCreateContext();
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setAbsoluteURI(endpoint.toString())
                .putHeader("Content-Type", "application/json");
        Buffer body = Buffer.buffer(
                "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"echo_message\",\"arguments\":{\"message\":\"hello\"}}}");
        return () -> {
            CompletableFuture<Buffer> answer = new CompletableFuture<>();
            context.runOnContext(ignored -> client.request(options)
                    .compose(request -> request.send(body))
                    .compose(HttpClientResponse::body)
                    .onSuccess(answer::complete));
            answer.join();
        };
    }

    private static String measure(Runnable call, int threads, int calls) throws InterruptedException {
        long[] nanos = new long[threads * calls];
        Thread[] workers = new Thread[threads];
        long start = System.nanoTime();
        for (int t = 0; t < threads; t++) {
            int first = t * calls;
            workers[t] = Thread.startVirtualThread(() -> {
                for (int i = 0; i < calls; i++) {
                    long before = System.nanoTime();
                    call.run();
                    nanos[first + i] = System.nanoTime() - before;
                }
            });
        }
        for (Thread worker : workers) {
            worker.join();
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        Arrays.sort(nanos);
        return "p50 %.1f us  p99 %.1f us  %.0f calls/s"
                .formatted(nanos[nanos.length / 2] / 1e3, nanos[nanos.length * 99 / 100] / 1e3, nanos.length / seconds);
    }
}
