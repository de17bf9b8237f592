package dev.stepgate.gateway.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordingTest {
    @TempDir
    Path folder = Path.of("");

    private Recording read(String... lines) throws IOException {
        Path file = Files.createDirectories(folder.resolve("echo")).resolve("key.jsonl");
        Files.writeString(file, String.join("\n", lines).replace('\'', '"') + "\n");
        return Recording.read(file);
    }

    @Test
    void putsCallsThatWereUnderWayAtOnceInTheOrderInWhichTheyWereMade() throws IOException {
        Recording recording = read(
                "{'type':'intent','run':0,'call':1,'step':1,'tool':'slow','arguments':{}}",
                "{'type':'intent','run':0,'call':2,'step':2,'tool':'quick','arguments':{}}",
                "{'type':'step','run':0,'call':2,'step':2}",
                "{'type':'refused','run':0,'tool':'denied','arguments':{}}",
                "{'type':'step','run':0,'call':1,'step':1}");
        assertThat(recording.runs()).singleElement().satisfies(run -> {
            assertThat(run.reset()).isNull();
            assertThat(run.calls())
                    .extracting(call -> call.path("tool").asText())
                    .containsExactly("slow", "denied", "quick");
        });
    }

    @Test
    void takesTheEnvironmentFromTheLinesAndElseFromTheFolder() throws IOException {
        assertThat(read("{'type':'reset','run':0,'environment':'other'}").environment())
                .isEqualTo("other");
        assertThat(read("{'type':'reset','run':0}").environment()).isEqualTo("echo");
    }

    @Test
    void readsOnAfterALineThatWasCutShort() throws IOException {
        Recording recording =
                read("{'type':'reset','run':0}", "{'type':'step','ru", "{'type':'reset','run':1,'seed':3}");
        assertThat(recording.runs()).hasSize(2);
    }
}
