package dev.stepgate.gateway.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.stepgate.gateway.reward.Score;
import dev.stepgate.tool.Observation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalVerificationTest {
    private static final int EPISODES = 6;
    private static final int TAMPERINGS = 1_000;

    @TempDir
    Path data = Path.of("");

    private Path folder = Path.of("");

    @BeforeEach
    void placeTheJournal() {
        folder = data.resolve("journal");
    }

    @Test
    void findsEveryTampering() throws IOException {
        record(3);
        Map<Path, String> written = files();
        Random random = new Random(20_261_126);
        for (int done = 0; done < TAMPERINGS; ) {
            Map<Path, String> tampered = new TreeMap<>(written);
            String what = tamper(tampered, random);
            if (tampered.equals(written)) {
                continue;
            }
            replace(written, tampered);
            assertThat(verify().broken()).as("%d: %s", done, what).isPresent();
            replace(tampered, written);
            done++;
        }
        assertThat(verify().broken()).isEmpty();
    }

    @Test
    void namesTheFirstBrokenPlace() throws IOException {
        record(1);
        Path file = episodeFiles().getFirst();
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        lines.set(2, lines.get(2).replace("\"run\":0", "\"run\":1"));
        Files.writeString(file, String.join("\n", lines) + "\n");
        assertThat(verify().broken())
                .hasValueSatisfying(place -> assertThat(place).contains("record 3", file.toString()));
    }

    @Test
    void aChainMadeAnewIsNotWhatWasSigned() throws IOException {
        record(1);
        Path file = episodeFiles().getFirst();
        HashChain forged = new HashChain(JsonLinesJournal.name(folder, file));
        StringBuilder text = new StringBuilder();
        for (String line : Files.readAllLines(file)) {
            String changed =
                    line.substring(0, line.indexOf(",\"chain\"")).replace("\"message\":\"hi\"", "\"message\":\"ho\"")
                            + "}";
            HashChain.Link link = forged.next(changed.getBytes(StandardCharsets.UTF_8));
            forged.advance(link);
            text.append(new String(link.line(), StandardCharsets.UTF_8));
        }
        Files.writeString(file, text);
        assertThat(verify().broken())
                .hasValueSatisfying(place -> assertThat(place).contains("checkpoint"));
    }

    @Test
    void aTailThatWasCutIsBoundedByTheLastCheckpoint() throws IOException {
        JsonLinesJournal journal = journal();
        try (Checkpoints checkpoints = checkpoints(journal)) {
            EpisodeJournal episode = journal.episode("env", "key");
            calls(episode, 2);
            checkpoints.write();
            calls(episode, 3);
            List<String> lines = Files.readAllLines(episodeFiles().getFirst());
            assertThat(verify().unsigned()).isEqualTo(6);
            for (int left = lines.size() - 1; left >= 0; left--) {
                Files.write(episodeFiles().getFirst(), lines.subList(0, left));
                assertThat(verify().broken().isEmpty()).as("%d lines", left).isEqualTo(left >= 4);
            }
        }
    }

    @Test
    void tellsWhatWasRemovedForItsAgeFromWhatSomebodyRemoved() throws IOException {
        JsonLinesJournal journal = journal();
        try (Checkpoints checkpoints = checkpoints(journal)) {
            calls(journal.episode("env", "old"), 2);
            calls(journal.episode("env", "older"), 2);
            calls(journal.episode("other", "new"), 2);
            checkpoints.write();
            Instant now = Instant.now();
            for (Path file : episodeFiles()) {
                boolean old = file.getFileName().toString().startsWith("old");
                Files.setLastModifiedTime(file, FileTime.from(now.plus(Duration.ofDays(old ? 0 : 3))));
            }
            sweep(journal, checkpoints, now);
            assertThat(episodeFiles()).hasSize(3);
            sweep(journal, checkpoints, now.plus(Duration.ofDays(3)));
            assertThat(episodeFiles())
                    .singleElement()
                    .satisfies(file -> assertThat(file).endsWithRaw(Path.of("other", "new.jsonl")));
            assertThat(episodeFiles().getFirst().resolveSibling(Path.of("..", "env")))
                    .doesNotExist();
            assertThat(verify().broken()).isEmpty();
            assertThat(verify().retired()).isEqualTo(2);
        }
        Files.delete(episodeFiles().getFirst());
        assertThat(verify().broken())
                .hasValueSatisfying(place -> assertThat(place).contains("new.jsonl", "is missing"));
    }

    /** Episodes are kept for a day and a half after their last record, and the folder of today is not looked into. */
    private static void sweep(JsonLinesJournal journal, Checkpoints checkpoints, Instant now) {
        new Retention(journal, checkpoints, Duration.ofHours(36), () -> now).sweepIfDue();
    }

    @Test
    void aLineThatACrashCutShortBreaksNothing() throws IOException {
        record(1);
        Files.writeString(episodeFiles().getFirst(), "{\"type\":\"step\",\"obs", StandardOpenOption.APPEND);
        Files.writeString(folder.resolve(Checkpoints.FILE), "{\"type\":\"check", StandardOpenOption.APPEND);
        assertThat(verify().broken()).isEmpty();
        assertThat(verify().cut()).isEqualTo(2);
        record(2);
        assertThat(verify().broken()).isEmpty();
        assertThat(verify().cut()).isEqualTo(1);
    }

    @Test
    void oneGatewayWritesAtATime() {
        JsonLinesJournal journal = journal();
        try (Checkpoints first = checkpoints(journal)) {
            first.write();
            assertThatExceptionOfType(UncheckedIOException.class)
                    .isThrownBy(() -> checkpoints(journal))
                    .withMessageContaining("another gateway");
        }
        checkpoints(journal).close();
    }

    @Test
    void onlyTheOwnerMayReadTheKey() throws IOException {
        Path file = data.resolve("key.pem");
        CheckpointKey made = CheckpointKey.in(file);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(CheckpointKey.in(file).id()).isEqualTo(made.id());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> CheckpointKey.in(file))
                .withMessageContaining("chmod 600");
    }

    @Test
    void aKeyThatIsNotTrustedSignsNothing() throws IOException {
        record(1);
        Path other = data.resolve("other.pem");
        Files.writeString(other, CheckpointKey.in(data.resolve("other-key.pem")).publicPem());
        assertThat(new JournalVerification(folder, List.of(other)).run().broken())
                .hasValueSatisfying(place -> assertThat(place).contains("line 1 of", "trusted"));
    }

    @Test
    void writersAtOnceKeepOneChainForEachEpisode() throws IOException {
        JsonLinesJournal journal = journal();
        try (Checkpoints checkpoints = checkpoints(journal)) {
            List<EpisodeJournal> episodes = IntStream.range(0, EPISODES)
                    .mapToObj(i -> journal.episode("env", "key" + i))
                    .toList();
            IntStream.range(0, 200).parallel().forEach(i -> {
                calls(episodes.get(i % EPISODES), 1);
                if (i % 10 == 0) {
                    checkpoints.write();
                }
            });
        }
        JournalVerification.Result result = verify();
        assertThat(result.broken()).isEmpty();
        assertThat(result.records()).isEqualTo(400);
        assertThat(result.unsigned()).isZero();
    }

    /** Changes something, in one of the ways in which somebody could, and says in which. */
    private String tamper(Map<Path, String> all, Random random) {
        List<Path> files = List.copyOf(all.keySet());
        Path file = files.get(random.nextInt(files.size()));
        List<String> lines = new ArrayList<>(text(all, file).lines().toList());
        int at = random.nextInt(lines.size());
        boolean checkpoints = file.endsWith(Checkpoints.FILE);
        String what;
        switch (random.nextInt(7)) {
            case 0 -> {
                what = "edit";
                char[] text = lines.get(at).toCharArray();
                int place = random.nextInt(text.length);
                text[place] = text[place] == 'x' ? 'y' : 'x';
                lines.set(at, new String(text));
            }
            case 1 -> {
                what = "drop";
                // The last checkpoints can be cut: then less is signed, and that is said.
                lines.remove(checkpoints ? Math.min(at, lines.size() - 2) : at);
            }
            case 2 -> {
                what = "reorder";
                String moved = lines.remove(at);
                lines.add(random.nextInt(lines.size() + 1), moved);
            }
            case 3 -> {
                what = "truncate";
                if (!checkpoints) {
                    lines.subList(at, lines.size()).clear();
                } else {
                    lines.clear();
                }
            }
            case 4 -> {
                what = "repeat";
                lines.add(at, lines.get(at));
            }
            case 5 -> {
                what = "swap files";
                Path other = files.get(random.nextInt(files.size()));
                List<String> others = text(all, other).lines().toList();
                all.put(other, String.join("\n", lines) + "\n");
                lines = new ArrayList<>(others);
            }
            default -> {
                what = "forge a checkpoint";
                file = folder.resolve(Checkpoints.FILE);
                lines = new ArrayList<>(text(all, file).lines().toList());
                int forged = random.nextInt(lines.size());
                lines.set(
                        forged,
                        lines.get(forged).replaceFirst("\"number\":\\d+", "\"number\":" + random.nextInt(100, 1_000)));
            }
        }
        all.put(file, lines.isEmpty() ? "" : String.join("\n", lines) + "\n");
        return what + " in " + file.getFileName();
    }

    private static String text(Map<Path, String> all, Path file) {
        return Objects.requireNonNull(all.get(file));
    }

    private void record(int rounds) {
        JsonLinesJournal journal = journal();
        try (Checkpoints checkpoints = checkpoints(journal)) {
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < EPISODES; i++) {
                    calls(journal.episode("env", "key" + i + "-" + System.nanoTime()), 4);
                }
                checkpoints.write();
            }
        }
    }

    private static void calls(EpisodeJournal episode, int count) {
        for (int i = 0; i < count; i++) {
            JournalEntry entry = episode.open(new CallRecord(
                    "E",
                    0,
                    Face.MCP,
                    "local",
                    "echo_message",
                    JsonNodeFactory.instance.objectNode().put("message", "hi")));
            entry.intend(i + 1, List.of());
            entry.observed(Observation.of(JsonNodeFactory.instance.objectNode().put("message", "hi")), Score.NONE);
        }
        episode.close();
    }

    private JsonLinesJournal journal() {
        return new JsonLinesJournal(folder, Payloads.FULL, Records.CHAINED, Clock.systemUTC());
    }

    private Checkpoints checkpoints(JsonLinesJournal journal) {
        return new Checkpoints(journal, CheckpointKey.in(data.resolve("journal-key.pem")), Clock.systemUTC());
    }

    private JournalVerification.Result verify() throws IOException {
        return new JournalVerification(folder, List.of()).run();
    }

    private List<Path> episodeFiles() throws IOException {
        return files().keySet().stream()
                .filter(file -> !file.endsWith(Checkpoints.FILE))
                .toList();
    }

    private Map<Path, String> files() throws IOException {
        Map<Path, String> all = new TreeMap<>();
        try (Stream<Path> found = Files.walk(folder)) {
            for (Path file :
                    found.filter(one -> one.toString().endsWith(".jsonl")).toList()) {
                all.put(file, Files.readString(file));
            }
        }
        return all;
    }

    private static void replace(Map<Path, String> before, Map<Path, String> after) throws IOException {
        for (Map.Entry<Path, String> file : after.entrySet()) {
            if (!file.getValue().equals(text(before, file.getKey()))) {
                Files.writeString(file.getKey(), file.getValue());
            }
        }
    }
}
