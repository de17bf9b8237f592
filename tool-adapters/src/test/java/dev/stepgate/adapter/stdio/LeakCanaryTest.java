package dev.stepgate.adapter.stdio;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.AdapterStack;
import dev.stepgate.adapter.stdio.AdversarialServer.Channel;
import dev.stepgate.adapter.stdio.AdversarialServer.Fault;
import dev.stepgate.adapter.stdio.AdversarialServer.Trial;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.scrub.Encodings;
import dev.stepgate.scrub.LeakSearch;
import dev.stepgate.scrub.Scrubber;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Downstream;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.Secret;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A hostile server tells a new secret in each trial: every encoding, by every channel, cut in every way, with every fault. What
 * comes out of the adapter is searched by a {@link LeakSearch}. With the scrubber off the same trials must be found, or the search
 * itself would be broken.
 */
class LeakCanaryTest {
    private static final Credential NONE = new Credential.None();
    private static final String LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789+/=_%.-~";

    private final Random random = new Random(42);
    private final Queue<String> out = new ConcurrentLinkedQueue<>();

    @Test
    void neverLetsASecretOut() {
        List<String> leaks = new ArrayList<>();
        int trials = trials(new Scrubber(), leaks, 1);

        System.out.println("leak canaries: " + trials + " trials, " + leaks.size() + " leaks");
        assertThat(trials).isGreaterThanOrEqualTo(10_080);
        assertThat(leaks).isEmpty();
    }

    @Test
    void findsTheSecretWhereNothingIsTakenOut() {
        List<String> leaks = new ArrayList<>();
        int trials = trials(Scrubber.NONE, leaks, 7);

        System.out.println("leak canaries without a scrubber: " + trials + " trials, " + leaks.size() + " leaks");
        assertThat(leaks.size()).isGreaterThanOrEqualTo(trials * 99 / 100);
    }

    /** @param every how many combinations one trial stands for */
    private int trials(Scrubber scrubber, List<String> leaks, int every) {
        int trials = 0;
        int combination = 0;
        Peer peer = new Peer(scrubber);
        for (Map.Entry<String, UnaryOperator<String>> encoding : Encodings.all().entrySet()) {
            for (Channel channel : Channel.values()) {
                for (Fault fault : Fault.values()) {
                    for (int cut : AdversarialServer.CUTS) {
                        if (combination++ % every != 0 || (every > 1 && fault == Fault.ENDS_WITHIN)) {
                            continue; // what ends within tells nothing, so there is nothing to find
                        }
                        trials++;
                        String secret = secret();
                        Trial trial = new Trial(encoding.getValue().apply(secret), channel, fault, cut);
                        String output = told(peer, scrubber, secret, trial);
                        if (new LeakSearch(secret).finds(output)) {
                            leaks.add(encoding.getKey() + " " + trial + ": " + output);
                        }
                        peer = trial.ends() ? peer.again() : peer;
                    }
                }
            }
        }
        peer.adapter.close();
        return trials;
    }

    private String secret() {
        StringBuilder secret = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            secret.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return secret.toString();
    }

    private String told(Peer peer, Scrubber scrubber, String value, Trial trial) {
        Secret secret = Secret.of(value);
        out.clear();
        if (scrubber != Scrubber.NONE) {
            scrubber.add(secret);
        }
        peer.server.play(trial);
        try {
            if (trial.channel() == Channel.DESCRIPTION) {
                out.add(peer.adapter
                        .listTools(Deadline.in(Duration.ofSeconds(20)))
                        .toString());
            } else {
                ToolCall call = new ToolCall("tell", JsonNodeFactory.instance.objectNode(), null);
                out.add(peer.adapter
                        .call(call, NONE, Deadline.in(Duration.ofSeconds(20)), new Agent())
                        .toString());
            }
        } catch (Refusal refusal) {
            out.add(refusal.code() + refusal.reason() + refusal);
        } finally {
            scrubber.remove(secret);
        }
        return String.join("", out);
    }

    private final class Agent implements Downstream {
        @Override
        public boolean wantsProgress() {
            return true;
        }

        @Override
        public void tell(String method, @Nullable ObjectNode params) {
            out.add(method + params);
        }
    }

    private static final class Peer {
        private final AdversarialServer server = new AdversarialServer();
        private final Scrubber scrubber;
        private final ToolAdapter adapter;

        Peer(Scrubber scrubber) {
            this.scrubber = scrubber;
            this.adapter = AdapterStack.around(
                    StdioMcp.connect(
                            server.stdout(),
                            server.stdin(),
                            server::end,
                            StdioLimits.DEFAULT,
                            JsonNodeFactory.instance.objectNode(),
                            ProtocolVersion.NEWEST_WITH_SESSIONS,
                            Deadline.in(Duration.ofSeconds(20))),
                    8,
                    scrubber);
        }

        Peer again() {
            adapter.close();
            return new Peer(scrubber);
        }
    }
}
