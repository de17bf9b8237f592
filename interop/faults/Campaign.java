import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.client.ClientSettings;
import dev.stepgate.client.OpenEnvClient;
import dev.stepgate.client.OpenEnvException;
import dev.stepgate.client.StepResult;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Plays many steps while clients time out, walk away, lose their connection in the middle of a frame, and the environment is
 * slow or slower than it may be. Every step carries a token of its own, and its reply must be that token or say that there
 * is none. {@code Campaign GATEWAY UPSTREAM STEPS SEED}
 */
final class Campaign {
    private static final String ENVIRONMENT = "late";
    private static final int CLIENTS = 48;
    private static final Duration PATIENT = Duration.ofSeconds(50);
    private static final ClientSettings SETTINGS = new ClientSettings(Duration.ofSeconds(20), PATIENT, 1_000_000, Map.of());

    private final Server server;
    private final URI upstream;
    private final long seed;
    private final Cuts cuts;
    private final AtomicInteger stepsLeft;
    private final Map<String, AtomicInteger> outcomes = new ConcurrentSkipListMap<>();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

    private Campaign(Server server, URI upstream, int steps, long seed) throws Exception {
        this.server = server;
        this.upstream = upstream;
        this.seed = seed;
        this.cuts = new Cuts(server.url(), seed);
        this.stepsLeft = new AtomicInteger(steps);
    }

    public static void main(String[] args) throws Exception {
        int steps = Integer.parseInt(args[2]);
        long seed = Long.parseLong(args[3]);
        var checks = new Checks();
        var http = HttpClient.newHttpClient();
        var campaign = new Campaign(new Server(URI.create(args[0]), http), URI.create(args[1]), steps, seed);
        System.out.println("# seed " + seed);
        checks.add(steps + " steps with timeouts, cut connections and slow steps: no reply is shifted or comes twice", 780, campaign::play);
        checks.add("every kind of fault was met, and most steps went well", 5, campaign::wasACampaign);
        checks.add("no call fails because another one was given up", 5, campaign::neverBlamesTheServer);
        checks.add("fewer than one in a thousand is late where nothing was slow", 5, campaign::isSeldomLate);
        checks.add("no call reached the tool twice", 10, campaign::nothingWasRepeated);
        checks.add("all slots are back", 60, () -> campaign.server.slotsFallTo(ENVIRONMENT, 0, 55));
        checks.run();
    }

    private void play() throws Exception {
        var done = new CountDownLatch(CLIENTS);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int number = 0; number < CLIENTS; number++) {
                int client = number;
                threads.execute(() -> {
                    try {
                        new Player(client).play();
                    } catch (Exception broken) {
                        wrong.add("client " + client + " broke: " + broken);
                    } finally {
                        done.countDown();
                    }
                });
            }
            done.await();
        }
        cuts.close();
        System.out.println("# " + new TreeMap<>(outcomes) + ", " + cuts.made + " connections cut");
        wrong.stream().limit(10).forEach(line -> System.out.println("# wrong: " + line));
        Checks.require(wrong.isEmpty(), wrong.size() + " wrong, first: " + wrong.peek());
    }

    private void wasACampaign() {
        for (String kind : new String[] {"right", "timed out", "lost", "late in band", "walked away"}) {
            Checks.require(count(kind) > 0, "no step was `" + kind + "`: " + outcomes);
        }
        Checks.require(cuts.made.get() > 0, "no connection was cut");
        int all = outcomes.values().stream().mapToInt(AtomicInteger::get).sum();
        Checks.require(count("right") * 2 > all, "fewer than half the steps went well: " + outcomes);
    }

    private void nothingWasRepeated() throws Exception {
        JsonNode seen = server.get(upstream.resolve("/seen"));
        Checks.equal(seen.path("repeated").asInt(-1), 0, "repeated calls of " + seen.path("calls"));
        Checks.require(seen.path("calls").asInt() >= count("right"), "more replies than calls");
    }

    /** Nothing is wrong with the tool's server: no call may be told that it is, whatever becomes of the calls beside it. */
    private void neverBlamesTheServer() {
        Checks.equal(count("failed in band"), 0, "calls failed because a connection to the tool's server was closed");
    }

    /** The clients, the gateway and the tool's server share one machine, which may be busy with other things. */
    private void isSeldomLate() {
        int all = outcomes.values().stream().mapToInt(AtomicInteger::get).sum();
        Checks.require(count("late though quick") * 1000L <= all, "late though nothing was slow: " + outcomes);
    }

    private int count(String outcome) {
        AtomicInteger counter = outcomes.get(outcome);
        return counter == null ? 0 : counter.get();
    }

    private void note(String outcome) {
        outcomes.computeIfAbsent(outcome, _ -> new AtomicInteger()).incrementAndGet();
    }

    /** One client: every third on the URL of an episode of its own, where a new socket goes on with the same episode. */
    private final class Player {
        private final int number;
        private final Random random;
        private final boolean attached;
        private int sent;
        private int replied;
        private OpenEnvClient client;

        Player(int number) {
            this.number = number;
            this.random = new Random(seed * 1000 + number);
            this.attached = number % 3 == 0;
        }

        void play() throws Exception {
            JsonNode episode = attached ? server.open(ENVIRONMENT) : null;
            URI direct = attached ? URI.create(episode.path("base_url").asText()) : server.environment(ENVIRONMENT);
            // Half of them on the path that breaks.
            URI base = number % 2 == 0 ? cuts.through(direct) : direct;
            while (stepsLeft.getAndDecrement() > 0) {
                if (client == null) client = connected(base);
                step(number + "-" + sent++);
                if (client != null && random.nextInt(100) == 0) replace();
            }
            if (client != null) client.close();
            if (attached) {
                checkCount(direct);
                server.delete(episode.path("episode_id").asText());
            }
        }

        /** A new session begins with a reset; the fault may strike there too, and then it is simply tried again. */
        private OpenEnvClient connected(URI base) {
            for (int attempt = 0; ; attempt++) {
                OpenEnvClient fresh = null;
                try {
                    fresh = OpenEnvClient.connect(base, SETTINGS, server.http());
                    if (!attached) fresh.reset((long) number, "client-" + number, JsonNodeFactory.instance.objectNode());
                    return fresh;
                } catch (OpenEnvException failed) {
                    if (fresh != null) fresh.close();
                    String outcome = failed instanceof OpenEnvException.ConnectionLost ? "lost on connecting"
                            : failed.getMessage().startsWith("env_error") ? "failed in band"
                            : failed.getMessage().startsWith("timeout") ? "late though quick" : null;
                    if (attempt > 50 || outcome == null) throw failed;
                    note(outcome);
                }
            }
        }

        private void step(String token) {
            int dice = random.nextInt(100);
            int millis = dice < 75 ? 0 : dice < 98 ? 1 + random.nextInt(200) : 2500;
            Duration patience = dice >= 85 && dice < 95 ? Duration.ofMillis(10 + random.nextInt(150)) : PATIENT;
            boolean leaves = dice >= 95 && dice < 98;
            OpenEnvClient asked = client;
            if (leaves) Thread.startVirtualThread(asked::close);
            ObjectNode arguments = JsonNodeFactory.instance.objectNode().put("token", token).put("millis", millis);
            try {
                judge(token, millis, asked.callTool("say", arguments, patience));
            } catch (OpenEnvException.TimedOut late) {
                note("timed out");
                after(asked);
            } catch (OpenEnvException.ConnectionLost lost) {
                // After a reply there must be silence: a frame that nobody asked for would be a second reply.
                if (lost.getMessage().contains("nobody asked")) wrong.add(token + ": " + lost.getMessage());
                note(leaves ? "walked away" : "lost");
                after(asked);
            } catch (OpenEnvException unexpected) {
                wrong.add(token + ": " + unexpected);
                after(asked);
            }
            if (leaves) after(asked);
        }

        private void judge(String token, int millis, StepResult result) {
            if (result.toolError().isPresent()) {
                String type = result.toolError().get().type();
                // The environment may take two seconds; what was quicker is told so only where the machine is starved.
                if (type.equals("timeout")) note(millis > 2000 ? "late in band" : "late though quick");
                else if (type.equals("transport_error")) note("failed in band");
                else wrong.add(token + " after " + millis + " ms: " + result.toolError().get());
            } else {
                String said = result.toolValue().map(JsonNode::asText).orElse("nothing");
                if (!said.equals(token)) wrong.add(token + " was answered with " + said);
                if (millis > 2000) wrong.add(token + " was answered after its deadline");
                replied++;
                note("right");
            }
        }

        private void after(OpenEnvClient asked) {
            asked.close();
            client = null;
        }

        private void replace() {
            client.close();
            client = null;
            note("replaced");
        }

        /** An episode that lives on has counted every step that was answered, and none that was not sent. */
        private void checkCount(URI direct) {
            try (OpenEnvClient last = OpenEnvClient.connect(direct, SETTINGS, server.http())) {
                long counted = last.state().stepCount();
                if (counted < replied || counted > sent) {
                    wrong.add("client " + number + " sent " + sent + ", had " + replied + " replies, but " + counted + " steps are counted");
                }
            }
        }
    }
}
