package dev.stepgate.gateway.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.journal.JournalVerification;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says whether a journal is as it was written. */
@Command(
        name = "verify",
        description = "Find the first place of a journal that is not as it was written.",
        mixinStandardHelpOptions = true)
final class JournalVerifyCommand implements Callable<Integer> {

    @Parameters(paramLabel = "DIR", description = "The journal's folder, as .stepgate/journal.")
    private Path folder = Path.of("");

    @Option(
            names = "--key",
            description =
                    "Public key that may have signed, as PEM; may be repeated. By default those in DIR/keys, which whoever"
                            + " can write there can replace.")
    private List<Path> keys = List.of();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        JournalVerification.Result result = new JournalVerification(folder, keys).run();
        if (json) {
            ObjectNode body = PolicyInput.JSON.createObjectNode();
            body.put("intact", result.broken().isEmpty());
            result.broken().ifPresent(place -> body.put("broken", place));
            body.put("checkpoints", result.checkpoints()).put("files", result.files());
            body.put("records", result.records()).put("unsigned", result.unsigned());
            System.out.println(body.put("cut", result.cut()).put("retired", result.retired()));
        } else {
            System.out.println(result.broken()
                    .orElseGet(() -> "intact: " + result.records() + " records in " + result.files() + " files, "
                            + result.checkpoints() + " checkpoints; " + result.unsigned()
                            + " records after the last checkpoint, " + result.cut() + " cut lines, "
                            + result.retired() + " old files removed"));
        }
        return result.broken().isEmpty() ? 0 : 1;
    }
}
