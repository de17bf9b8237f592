package dev.stepgate.gateway.config;

import io.quarkus.logging.LoggingFilter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.logging.Filter;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.formatters.PatternFormatter;

/**
 * Takes credentials out of what is logged: what an upstream printed, and traces of exceptions that quote it. It is static because
 * the handlers of logs are made before anything that knows credentials, and by others.
 */
@LoggingFilter(name = "scrub")
public final class ScrubbedLog implements Filter {
    private static final Formatter MESSAGE = new PatternFormatter("%s");
    private static final AtomicReference<UnaryOperator<String>> SCRUB = new AtomicReference<>(UnaryOperator.identity());

    /** How credentials are taken out from now on. */
    static void by(UnaryOperator<String> scrub) {
        SCRUB.set(scrub);
    }

    @Override
    public boolean isLoggable(LogRecord entry) {
        UnaryOperator<String> scrub = SCRUB.get();
        String message = String.valueOf(MESSAGE.formatMessage(entry));
        String clean = scrub.apply(message);
        Throwable thrown = entry.getThrown();
        if (thrown != null) {
            String trace = trace(thrown);
            String cleanTrace = scrub.apply(trace);
            if (!cleanTrace.equals(trace)) {
                entry.setThrown(null);
                clean = clean + "\n" + cleanTrace;
            }
        }
        if (!clean.equals(message)) {
            replace(entry, clean);
        }
        return true;
    }

    private static void replace(LogRecord entry, String clean) {
        entry.setParameters(null);
        if (entry instanceof ExtLogRecord formatted) {
            formatted.setMessage(clean, ExtLogRecord.FormatStyle.NO_FORMAT);
        } else {
            entry.setMessage(clean);
        }
    }

    private static String trace(Throwable thrown) {
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace));
        return trace.toString();
    }
}
