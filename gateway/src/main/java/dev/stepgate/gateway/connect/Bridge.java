package dev.stepgate.gateway.connect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.Limits;
import dev.stepgate.json.StrictJson;
import dev.stepgate.mcp.JsonRpcCode;
import dev.stepgate.mcp.JsonRpcCodec;
import dev.stepgate.mcp.JsonRpcMessage;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Reads messages of a client, one a line, and gives each to the gateway; writes what comes back, one a line. Requests are
 * made at the same time, everything else in order. {@link #run} returns when the client has closed its end and what was
 * under way has come back.
 */
public final class Bridge {
    private static final int LONGEST_LINE = 4 << 20;
    private static final int MOST_REQUESTS = 256;
    private static final Limits LIMITS = Limits.MESSAGE.withMaxBytes(16 << 20).withMaxStringLength(16 << 20);

    private final InputStream in;
    private final OutputStream out;
    private final ReentrantLock writing = new ReentrantLock();
    private final Semaphore places = new Semaphore(MOST_REQUESTS);
    private final Set<Thread> running = ConcurrentHashMap.newKeySet();
    private final GatewayConnection gateway;

    /** @param authorization the value of the header, or null */
    public Bridge(InputStream in, OutputStream out, URI mcpUrl, @Nullable String authorization) {
        this.in = new BufferedInputStream(in);
        this.out = out;
        this.gateway = new GatewayConnection(mcpUrl, authorization, this::write);
    }

    /** Bridges until the client closes its end. */
    public void run() throws IOException {
        for (byte[] line = nextLine(); line != null; line = nextLine()) {
            if (line.length > 0) {
                accept(line);
            }
        }
        for (Thread thread : running) {
            join(thread);
        }
        gateway.close();
    }

    private void accept(byte[] line) {
        JsonNode message;
        try {
            message = StrictJson.parse(line, LIMITS);
        } catch (JsonProblem problem) {
            fail(null, JsonRpcCode.PARSE_ERROR, "Parse error: " + problem.reason());
            return;
        }
        if (!(message instanceof ObjectNode object)) {
            fail(null, JsonRpcCode.INVALID_REQUEST, "a message must be a JSON object");
            return;
        }
        boolean request = object.has("method") && object.has("id");
        if (request && !"initialize".equals(object.path("method").textValue())) {
            places.acquireUninterruptibly();
            Thread thread = Thread.ofVirtual().unstarted(() -> {
                try {
                    send(object);
                } finally {
                    places.release();
                    running.remove(Thread.currentThread());
                }
            });
            running.add(thread);
            thread.start();
        } else {
            send(object);
        }
    }

    private void send(ObjectNode message) {
        try {
            gateway.send(message);
        } catch (IOException failed) {
            JsonNode id = message.get("id");
            if (id != null && message.has("method")) {
                fail(id, JsonRpcCode.INTERNAL_ERROR, "the gateway can not be reached: " + failed.getMessage());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void fail(@Nullable JsonNode id, int code, String sentence) {
        write(JsonRpcCodec.write(new JsonRpcMessage.Error(id, code, sentence, null)));
    }

    private void write(JsonNode message) {
        byte[] bytes = StrictJson.bytes(message);
        writing.lock();
        try {
            out.write(bytes);
            out.write('\n');
            out.flush();
        } catch (IOException gone) {
            // The client reads no more, and will close its other end as well.
        } finally {
            writing.unlock();
        }
    }

    private byte @Nullable [] nextLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                return line.size() == 0 ? null : line.toByteArray();
            }
            if (line.size() >= LONGEST_LINE) {
                throw new IOException("a message is longer than " + LONGEST_LINE + " bytes");
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toByteArray();
    }

    private static void join(Thread thread) {
        try {
            boolean _ = thread.join(java.time.Duration.ofSeconds(60));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
