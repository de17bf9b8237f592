package dev.stepgate.gateway.cli;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.replay.Comparison;
import dev.stepgate.gateway.replay.Recording;
import dev.stepgate.gateway.replay.Replayer;
import dev.stepgate.gateway.replay.Replayer.Difference;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says what of recorded episodes comes out differently when they are played again. */
@Command(
        name = "replay",
        description = "Play recorded episodes again, and say what comes out differently.",
        mixinStandardHelpOptions = true)
final class ReplayCommand implements Callable<Integer> {
    /** Not an option: arguments of a process are there for everybody on the machine to read. */
    private static final String TOKEN = "STEPGATE_TOKEN";

    @Parameters(
            paramLabel = "RECORDING",
            arity = "1..*",
            description = "Files of a journal, folders of such files, or trajectories that were fetched.")
    private List<Path> recordings = List.of();

    @Option(
            names = "--url",
            defaultValue = "http://127.0.0.1:8000",
            description = "A gateway in training (default http://127.0.0.1:8000). A token is taken from " + TOKEN + ".")
    private URI url = URI.create("http://127.0.0.1:8000");

    @Option(names = "--env", description = "The environment (default: the one that was recorded).")
    private @Nullable String environment;

    @Option(
            names = "--ignore",
            paramLabel = "POINTER",
            description = "A place in records that may differ, as /observation/content/0/text; may be repeated.")
    private List<String> ignored = List.of();

    @Option(
            names = "--json",
            description = "Print JSON, an object for each episode that differs and one for the whole.")
    private boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        int episodes = 0;
        int calls = 0;
        int differing = 0;
        String token = System.getenv(TOKEN);
        Comparison comparison =
                new Comparison(ignored.stream().map(JsonPointer::compile).toList());
        try (Replayer replayer = new Replayer(url, token, comparison)) {
            for (Path file : files()) {
                Recording recording = Recording.read(file);
                if (recording.runs().isEmpty()) {
                    continue;
                }
                Replayer.Result result =
                        replayer.replay(recording, environment == null ? recording.environment() : environment);
                episodes++;
                calls += result.calls();
                differing += result.differences().size();
                tell(recording, result.differences());
            }
        }
        if (json) {
            System.out.println(PolicyInput.JSON
                    .createObjectNode()
                    .put("episodes", episodes)
                    .put("calls", calls)
                    .put("differences", differing));
        } else {
            System.out.println(episodes + " episodes with " + calls + " calls were played again, " + differing
                    + " of their calls and resets came out differently");
        }
        return differing == 0 ? 0 : 1;
    }

    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path recording : recordings) {
            if (!Files.isDirectory(recording)) {
                files.add(recording);
                continue;
            }
            try (Stream<Path> below = Files.walk(recording)) {
                below.filter(file -> file.toString().endsWith(".jsonl") && !file.endsWith("checkpoints.jsonl"))
                        .sorted()
                        .forEach(files::add);
            }
        }
        return files;
    }

    private void tell(Recording recording, List<Difference> differences) {
        if (!json) {
            for (Difference one : differences) {
                System.out.println(recording.name() + "  run " + one.run() + "  "
                        + (one.call() == 0 ? "reset" : "call " + one.call() + " " + one.tool()) + "  "
                        + String.join("; ", one.what()));
            }
            return;
        }
        if (differences.isEmpty()) {
            return;
        }
        ObjectNode body = PolicyInput.JSON.createObjectNode().put("recording", recording.name());
        ArrayNode list = body.putArray("differences");
        for (Difference one : differences) {
            ObjectNode entry = list.addObject().put("run", one.run()).put("call", one.call());
            if (!one.tool().isEmpty()) {
                entry.put("tool", one.tool());
            }
            one.what().forEach(entry.withArray("what")::add);
        }
        System.out.println(body);
    }
}
