package dev.stepgate.gateway.journal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.egress.EgressAttempt;
import dev.stepgate.gateway.reward.Score;
import dev.stepgate.json.CanonicalJson;
import dev.stepgate.json.StrictJson;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A journal of plain files, {@code <folder>/<day>/<environment>/<episode key>.jsonl}. A record is handed to the operating
 * system in one write before the method that makes it returns, so that it survives the end of this process, however
 * sudden; it is not forced to the disk, so the last records may not survive the end of the machine.
 */
public final class JsonLinesJournal implements Journal {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Every session has a file and a socket, and sockets must not run out of descriptors because of files at rest. */
    private static final int MAX_OPEN_FILES = 4_096;

    private final Path folder;
    private final Payloads payloads;
    private final Records kept;
    private final InstantSource clock;
    private final OpenFiles openFiles;

    /** Each file once, by its flag {@code untaken}; written to without a lock, so that episodes do not wait for each other. */
    private final Queue<EpisodeFile> grown = new ConcurrentLinkedQueue<>();

    private final LongAdder recordsSinceTaken = new LongAdder();

    public JsonLinesJournal(Path folder, Payloads payloads, Records kept, InstantSource clock) {
        this(folder, payloads, kept, clock, MAX_OPEN_FILES);
    }

    JsonLinesJournal(Path folder, Payloads payloads, Records kept, InstantSource clock, int maxOpenFiles) {
        this.folder = folder;
        this.payloads = payloads;
        this.kept = kept;
        this.clock = clock;
        this.openFiles = new OpenFiles(maxOpenFiles);
    }

    /** Where it is. */
    Path folder() {
        return folder;
    }

    /** How a file is named in its chain and in checkpoints. */
    static String name(Path folder, Path file) {
        return folder.relativize(file).toString().replace(file.getFileSystem().getSeparator(), "/");
    }

    /** About how many records were written since {@link #takeGrown} was last called. */
    long recordsSinceTaken() {
        return recordsSinceTaken.sum();
    }

    /** Where files stand that have grown since they were last taken, at most {@code max} of them. */
    List<ChainHead> takeGrown(int max) {
        recordsSinceTaken.reset();
        List<ChainHead> heads = new ArrayList<>();
        for (EpisodeFile file = grown.poll(); file != null; file = grown.poll()) {
            heads.add(file.taken());
            if (heads.size() == max) {
                break;
            }
        }
        return heads;
    }

    @Override
    public EpisodeJournal episode(String environment, String key) {
        String day = DateTimeFormatter.ISO_LOCAL_DATE.format(clock.instant().atOffset(ZoneOffset.UTC));
        return new EpisodeFile(
                environment, folder.resolve(day).resolve(environment).resolve(key + ".jsonl"));
    }

    @Override
    public void readTrajectory(EpisodeJournal episode, LineConsumer<byte[]> lines) throws IOException {
        Path file = ((EpisodeFile) episode).file;
        if (Files.exists(file)) {
            Trajectory.read(file, line -> lines.accept(StrictJson.bytes(line)));
        }
    }

    /** One episode's file. The lock orders its records; the stream is opened by the first of them. */
    private final class EpisodeFile implements EpisodeJournal, OpenFiles.OpenFile {
        private final String environment;
        private final Path file;
        private final ReentrantLock lock = new ReentrantLock();
        private @Nullable FileOutputStream stream;
        private final AtomicLong calls = new AtomicLong();
        private final HashChain chain;
        private long records;
        private long length;
        private boolean torn;
        private boolean untaken;
        private boolean over;

        EpisodeFile(String environment, Path file) {
            this.environment = environment;
            this.file = file;
            this.chain = new HashChain(name(folder, file));
        }

        ChainHead taken() {
            lock.lock();
            try {
                untaken = false;
                return new ChainHead(name(folder, file), records, chain.head());
            } finally {
                lock.unlock();
            }
        }

        @Override
        public JournalEntry open(CallRecord call) {
            return new Entry(this, call, clock.instant());
        }

        @Override
        public void reset(ResetRecord reset) {
            append(line -> {
                begin(line, "reset", reset.episodeId(), reset.run(), clock.instant());
                line.writeStringField("environment", environment);
                line.writeStringField("interface", reset.interfaceDigest());
                if (reset.seed() != null) {
                    line.writeNumberField("seed", reset.seed());
                }
                if (!reset.parameters().isEmpty()) {
                    payload(line, "parameters", reset.parameters());
                }
                if (reset.observation() != null) {
                    payload(line, "observation", reset.observation());
                }
            });
        }

        @Override
        public void passing(String episodeId, int run, String principal, String method, ObjectNode params) {
            append(line -> {
                begin(line, "request", episodeId, run, clock.instant());
                line.writeStringField("principal", principal);
                line.writeStringField("method", method);
                payload(line, "params", params);
            });
        }

        @Override
        public void wentOut(String episodeId, int run, EgressAttempt attempt) {
            append(line -> {
                begin(line, "egress", episodeId, run, clock.instant());
                line.writeStringField("asked", attempt.asked());
                line.writeStringField("code", attempt.verdict().code());
                line.writeNumberField("sent", attempt.sent());
                line.writeNumberField("received", attempt.received());
            });
        }

        @Override
        public void ended(String episodeId, int run, String outcome) {
            append(line -> {
                begin(line, "close", episodeId, run, clock.instant());
                line.writeStringField("outcome", outcome);
            });
        }

        void append(LineWriter record) {
            if (kept == Records.NONE) {
                return;
            }
            try {
                ByteArrayBuilder bytes = new ByteArrayBuilder(512);
                try (JsonGenerator line = JSON.getFactory().createGenerator(bytes)) {
                    line.writeStartObject();
                    record.writeTo(line);
                    line.writeEndObject();
                }
                write(bytes.toByteArray());
            } catch (IOException unwritable) {
                System.getLogger(JsonLinesJournal.class.getName())
                        .log(System.Logger.Level.ERROR, "journal=unwritable file={0} cause={1}", file, unwritable);
                throw Refusal.of(
                        OutcomeClass.INFRA_ERROR,
                        "journal.unwritable",
                        "the journal cannot be written, so nothing was done; free space under the data folder");
            }
        }

        private void write(byte[] line) throws IOException {
            boolean opened = false;
            lock.lock();
            try {
                FileOutputStream out = stream;
                if (out == null) {
                    opened = true;
                    Files.createDirectories(file.getParent());
                    out = new FileOutputStream(file.toFile(), true);
                    stream = out;
                }
                if (torn) {
                    out.getChannel().truncate(length);
                }
                if (kept == Records.PLAIN) {
                    append(out, HashChain.unlinked(line));
                } else {
                    HashChain.Link link = chain.next(line);
                    append(out, link.line());
                    chain.advance(link);
                    noteGrown();
                }
            } finally {
                // The outcome of a call that outlived its episode; there may be no other.
                boolean last = over;
                if (last) {
                    closeStream();
                }
                lock.unlock();
                // Without the lock: this may wait for that of another file, which is to be closed.
                if (opened && !last) {
                    openFiles.opened(this);
                }
            }
        }

        private void append(FileOutputStream out, byte[] line) throws IOException {
            torn = true;
            out.write(line);
            torn = false;
            length += line.length;
            records++;
        }

        private void noteGrown() {
            recordsSinceTaken.increment();
            if (!untaken) {
                untaken = true;
                grown.add(this);
            }
        }

        @Override
        public void close() {
            openFiles.closed(this);
            lock.lock();
            try {
                over = true;
                closeStream();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void release() {
            openFiles.closed(this);
            lock.lock();
            try {
                closeStream();
            } finally {
                lock.unlock();
            }
        }

        /** Under the lock. */
        private void closeStream() {
            try {
                if (stream != null) {
                    stream.close();
                }
            } catch (IOException alreadyWritten) {
                // Every record was written by its own call; a failing close loses none of them.
            }
            stream = null;
        }
    }

    private interface LineWriter {
        void writeTo(JsonGenerator line) throws IOException;
    }

    private static void begin(JsonGenerator line, String type, String episodeId, int run, Instant time)
            throws IOException {
        line.writeStringField("type", type);
        line.writeStringField("episode_id", episodeId);
        line.writeNumberField("run", run);
        line.writeStringField("time", time.toString());
    }

    private void payload(JsonGenerator line, String name, JsonNode value) throws IOException {
        switch (payloads) {
            case FULL -> {
                line.writeFieldName(name);
                JSON.writeTree(line, value);
            }
            case DIGEST -> line.writeStringField(name + "_digest", CanonicalJson.sha256(value));
        }
    }

    private final class Entry implements JournalEntry {
        private final EpisodeFile episode;
        private final CallRecord call;
        private final Instant arrived;
        private final long startNanos = System.nanoTime();
        private long number;
        private int step;
        private @Nullable Grounds grounds;

        Entry(EpisodeFile episode, CallRecord call, Instant arrived) {
            this.episode = episode;
            this.call = call;
            this.arrived = arrived;
        }

        @Override
        public void judged(Grounds grounds) {
            this.grounds = grounds;
        }

        @Override
        public void intend(int step, List<CredentialUse> credentials) {
            this.step = step;
            number = episode.calls.incrementAndGet();
            episode.append(line -> {
                begin(line, "intent", call.episodeId(), call.run(), arrived);
                line.writeNumberField("call", number);
                line.writeNumberField("step", step);
                who(line);
                why(line);
                if (payloads == Payloads.FULL) {
                    line.writeStringField("arguments_digest", CanonicalJson.sha256(call.arguments()));
                }
                payload(line, "arguments", call.arguments());
                attached(line, credentials);
            });
        }

        private static void attached(JsonGenerator line, List<CredentialUse> credentials) throws IOException {
            if (credentials.isEmpty()) {
                return;
            }
            line.writeArrayFieldStart("credentials");
            for (CredentialUse credential : credentials) {
                line.writeStartObject();
                line.writeStringField("name", credential.name());
                Integer version = credential.version();
                if (version != null) {
                    line.writeNumberField("version", version);
                }
                if (credential.stale()) {
                    line.writeBooleanField("stale", true);
                }
                line.writeEndObject();
            }
            line.writeEndArray();
        }

        @Override
        public Outcome.Observed observed(Observation observation, Score score) {
            Outcome.Observed outcome = new Outcome.Observed(observation, score);
            close("step", outcome.outcomeClass(), outcome.code(), line -> {
                payload(line, "observation", observation.result());
                earned(line, score);
                line.writeBooleanField("done", observation.done());
            });
            return outcome;
        }

        @Override
        public Outcome.Refused refused(Refusal refusal, boolean episodeEnded, Score score) {
            boolean left = step > 0;
            close(left ? "step" : "refused", refusal.outcome(), refusal.code(), line -> {
                if (left) {
                    line.writeNullField("observation");
                } else {
                    who(line);
                    payload(line, "arguments", call.arguments());
                }
                if (refusal.field() != null) {
                    line.writeStringField("field", refusal.field());
                }
                earned(line, score);
                line.writeBooleanField("done", episodeEnded);
            });
            return new Outcome.Refused(refusal, episodeEnded, score);
        }

        private static void earned(JsonGenerator line, Score score) throws IOException {
            line.writeFieldName("reward");
            JSON.writeTree(line, score.reward());
            if (score.parts() != null) {
                line.writeFieldName("reward_parts");
                JSON.writeTree(line, score.parts());
            }
        }

        private void close(String type, OutcomeClass outcome, String code, LineWriter rest) {
            episode.append(line -> {
                begin(line, type, call.episodeId(), call.run(), clock.instant());
                if (step > 0) {
                    line.writeNumberField("call", number);
                    line.writeNumberField("step", step);
                }
                rest.writeTo(line);
                line.writeStringField("outcome", outcome.wireName());
                line.writeStringField("code", code);
                why(line);
                line.writeNumberField("millis", (System.nanoTime() - startNanos) / 1_000_000.0);
            });
        }

        private void why(JsonGenerator line) throws IOException {
            Grounds known = grounds;
            if (known == null) {
                return;
            }
            line.writeStringField("policy", known.policy());
            line.writeStringField("policy_digest", known.digest());
            line.writeArrayFieldStart("rules");
            for (String rule : known.rules()) {
                line.writeString(rule);
            }
            line.writeEndArray();
            if (known.shadowed() != null) {
                line.writeStringField("shadowed", known.shadowed());
            }
        }

        private void who(JsonGenerator line) throws IOException {
            line.writeStringField("face", call.face().wireName());
            line.writeStringField("principal", call.principal());
            line.writeStringField("tool", call.tool());
        }
    }
}
