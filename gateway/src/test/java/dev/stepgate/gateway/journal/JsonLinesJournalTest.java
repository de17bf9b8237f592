package dev.stepgate.gateway.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.reward.Score;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonLinesJournalTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectNode ARGUMENTS =
            JsonNodeFactory.instance.objectNode().put("message", "hi");

    private static final ObjectNode NOTHING = JsonNodeFactory.instance.objectNode();

    @TempDir
    Path folder = Path.of("");

    @Test
    void putsTheIntentOnFileBeforeTheOutcome() throws IOException {
        EpisodeJournal episode = journal(Payloads.FULL).episode("env", "key");
        JournalEntry entry = episode.open(call(Face.MCP));
        entry.judged(new Grounds("echo@1", "sha256:0", List.of("any"), null));
        entry.intend(1, List.of());
        assertThat(lines()).singleElement().satisfies(line -> {
            assertThat(line.path("type").asText()).isEqualTo("intent");
            assertThat(line.path("rules").get(0).asText()).isEqualTo("any");
            assertThat(line.path("arguments_digest").asText()).startsWith("sha256:");
        });
        entry.observed(Observation.of(ARGUMENTS), Score.NONE);
        assertThat(lines()).hasSize(2);
    }

    @Test
    void joinsIntentAndOutcomeInATrajectory() throws IOException {
        Journal journal = journal(Payloads.FULL);
        EpisodeJournal episode = journal.episode("env", "key");
        JournalEntry one = episode.open(call(Face.MCP));
        JournalEntry two = episode.open(call(Face.WS));
        one.intend(1, List.of());
        two.intend(2, List.of(new CredentialUse("bot", 3, true)));
        two.observed(Observation.of(ARGUMENTS), Score.NONE);
        one.refused(Refusal.timeout("late"), false, Score.NONE);
        episode.open(call(Face.HTTP)).refused(Refusal.unknownTool("x"), false, Score.NONE);
        List<JsonNode> trajectory = trajectory(journal, episode);
        assertThat(trajectory).extracting(line -> line.path("face").asText()).containsExactly("ws", "mcp", "http");
        assertThat(trajectory).extracting(line -> line.path("step").asInt()).containsExactly(2, 1, 0);
        assertThat(trajectory)
                .extracting(line -> line.path("type").asText())
                .containsExactly("step", "step", "refused");
        assertThat(trajectory)
                .allSatisfy(line -> assertThat(line.path("arguments")).isEqualTo(ARGUMENTS));
        assertThat(trajectory.getFirst().path("credentials").toString())
                .isEqualTo("[{\"name\":\"bot\",\"version\":3,\"stale\":true}]");
    }

    @Test
    void keepsNoMoreFilesOpenThanItMayAndLosesNoRecordOverIt() throws IOException {
        Journal journal = new JsonLinesJournal(folder, Payloads.FULL, Records.CHAINED, Clock.systemUTC(), 2);
        List<EpisodeJournal> episodes = Stream.of("a", "b", "c", "d", "e")
                .map(key -> journal.episode("env", key))
                .toList();
        for (int round = 0; round < 3; round++) {
            for (EpisodeJournal episode : episodes) {
                episode.reset(new ResetRecord("id", round, null, NOTHING, "sha256:1", null));
                assertThat(openFiles()).isLessThanOrEqualTo(2);
            }
        }
        for (EpisodeJournal episode : episodes) {
            assertThat(trajectory(journal, episode)).hasSize(3);
        }
        episodes.forEach(EpisodeJournal::close);
        assertThat(openFiles()).isZero();
    }

    @Test
    void recordsTheOutcomeOfACallThatOutlivesItsEpisodeAndKeepsNoFileOpenForIt() throws IOException {
        Journal journal = journal(Payloads.FULL);
        EpisodeJournal episode = journal.episode("env", "key");
        JournalEntry entry = episode.open(call(Face.MCP));
        entry.intend(1, List.of());
        episode.close();
        entry.observed(Observation.of(ARGUMENTS), Score.NONE);
        assertThat(trajectory(journal, episode)).hasSize(1);
        assertThat(openFiles()).isZero();
    }

    @Test
    void keepsRecordsWithoutAChainOrNoneWhereItsCostIsMeasured() throws IOException {
        for (Records kept : List.of(Records.PLAIN, Records.NONE)) {
            Journal journal = new JsonLinesJournal(folder.resolve(kept.name()), Payloads.FULL, kept, Clock.systemUTC());
            EpisodeJournal episode = journal.episode("env", "key");
            JournalEntry entry = episode.open(call(Face.MCP));
            entry.intend(1, List.of());
            entry.observed(Observation.of(ARGUMENTS), Score.NONE);
            assertThat(trajectory(journal, episode)).hasSize(kept == Records.PLAIN ? 1 : 0);
        }
        assertThat(folder.resolve("NONE")).doesNotExist();
        assertThat(lines())
                .hasSize(2)
                .allSatisfy(line -> assertThat(line.has("chain")).isFalse());
    }

    /** Descriptors of this process that lead into the journal's folder. */
    private long openFiles() throws IOException {
        Path real = folder.toRealPath();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(descriptor -> leadsInto(real, descriptor)).count();
        }
    }

    private static boolean leadsInto(Path folder, Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).startsWith(folder);
        } catch (IOException closedMeanwhile) {
            return false;
        }
    }

    @Test
    void keepsOnlyDigestsWhereToldTo() throws IOException {
        EpisodeJournal episode = journal(Payloads.DIGEST).episode("env", "key");
        JournalEntry entry = episode.open(call(Face.MCP));
        entry.intend(1, List.of());
        entry.observed(Observation.of(ARGUMENTS), Score.NONE);
        assertThat(text()).doesNotContain("\"hi\"").contains("arguments_digest", "observation_digest");
    }

    @Test
    void keepsWithWhatARunCanBeBegunAgain() throws IOException {
        ObjectNode parameters = JsonNodeFactory.instance.objectNode().put("split", "train");
        EpisodeJournal episode = journal(Payloads.FULL).episode("env", "key");
        episode.reset(new ResetRecord("E", 0, 7L, parameters, "sha256:1", null));
        assertThat(lines()).singleElement().satisfies(line -> {
            assertThat(line.path("environment").asText()).isEqualTo("env");
            assertThat(line.path("seed").asInt()).isEqualTo(7);
            assertThat(line.path("parameters")).isEqualTo(parameters);
        });
    }

    @Test
    void readsOnAfterALineThatACrashCutShort() throws IOException {
        Journal journal = journal(Payloads.FULL);
        EpisodeJournal episode = journal.episode("env", "key");
        episode.reset(new ResetRecord("E", 0, 7L, NOTHING, "sha256:1", ARGUMENTS));
        Files.writeString(file(), "{\"type\":\"step\",\"obs", StandardOpenOption.APPEND);
        assertThat(trajectory(journal, episode))
                .singleElement()
                .satisfies(line -> assertThat(line.path("seed").asInt()).isEqualTo(7));
    }

    @Test
    void refusesTheCallThatCannotBeRecorded() throws IOException {
        Path file = Files.createFile(folder.resolve("not-a-folder"));
        EpisodeJournal episode =
                new JsonLinesJournal(file, Payloads.FULL, Records.CHAINED, Clock.systemUTC()).episode("env", "key");
        JournalEntry entry = episode.open(call(Face.MCP));
        assertThatExceptionOfType(Refusal.class)
                .isThrownBy(() -> entry.intend(1, List.of()))
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo("journal.unwritable"));
    }

    private Journal journal(Payloads payloads) {
        return new JsonLinesJournal(folder, payloads, Records.CHAINED, Clock.systemUTC());
    }

    private static CallRecord call(Face face) {
        return new CallRecord("E", 0, face, "local", "echo_message", ARGUMENTS);
    }

    private Path file() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".jsonl"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private String text() throws IOException {
        return Files.readString(file());
    }

    private List<JsonNode> lines() throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file())) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    private static List<JsonNode> trajectory(Journal journal, EpisodeJournal episode) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        journal.readTrajectory(episode, line -> {
            try {
                lines.add(JSON.readTree(new String(line, StandardCharsets.UTF_8)));
            } catch (IOException malformed) {
                throw new UncheckedIOException(malformed);
            }
        });
        return lines;
    }
}
