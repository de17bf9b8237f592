package dev.stepgate.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jboss.logmanager.ExtLogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ScrubbedLogTest {
    private final ScrubbedLog log = new ScrubbedLog();

    ScrubbedLogTest() {
        ScrubbedLog.by(text -> text.replace("tok-7hQ2", "[redacted:credential]"));
    }

    @AfterEach
    void forget() {
        ScrubbedLog.by(text -> text);
    }

    @Test
    void takesCredentialsOutOfMessagesAndTheirParameters() {
        ExtLogRecord entry =
                new ExtLogRecord(Level.INFO, "server said {0}", ExtLogRecord.FormatStyle.MESSAGE_FORMAT, "x");
        entry.setParameters(new Object[] {"Bearer tok-7hQ2"});

        assertThat(log.isLoggable(entry)).isTrue();
        assertThat(entry.getMessage()).isEqualTo("server said Bearer [redacted:credential]");
    }

    @Test
    void takesCredentialsOutOfTracesAndLeavesOthersAlone() {
        LogRecord quoting = new LogRecord(Level.INFO, "failed");
        quoting.setThrown(new IllegalStateException("no", new IllegalArgumentException("it sent tok-7hQ2")));
        LogRecord other = new LogRecord(Level.INFO, "failed");
        other.setThrown(new IllegalStateException("no"));

        log.isLoggable(quoting);
        log.isLoggable(other);

        assertThat(quoting.getThrown()).isNull();
        assertThat(quoting.getMessage())
                .contains("IllegalArgumentException: it sent [redacted:credential]")
                .doesNotContain("tok-7hQ2");
        assertThat(other.getThrown()).hasMessage("no");
        assertThat(other.getMessage()).isEqualTo("failed");
    }
}
