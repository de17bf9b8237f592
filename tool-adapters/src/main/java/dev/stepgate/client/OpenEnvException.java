package dev.stepgate.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Serial;
import java.time.Duration;

/**
 * Why a request came to no result. Closed, so that a {@code switch} over it needs no default. Messages name no URL: one
 * may hold a capability.
 */
public abstract sealed class OpenEnvException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private OpenEnvException(String message) {
        super(message);
    }

    /**
     * Whether the server may have carried the request out all the same. If so, repeating it may act twice; if not, repeating
     * it is safe.
     */
    public abstract boolean mayHaveActed();

    /** Every slot of the server is taken; the socket is closed. */
    public static final class CapacityReached extends OpenEnvException {
        @Serial
        private static final long serialVersionUID = 1;

        private final int active;
        private final int capacity;

        CapacityReached(String message, int active, int capacity) {
            super(message);
            this.active = active;
            this.capacity = capacity;
        }

        /** Sessions that are open, or -1 where the server does not say. */
        public int active() {
            return active;
        }

        /** Sessions that may be open, or -1 where the server does not say. */
        public int capacity() {
            return capacity;
        }

        @Override
        public boolean mayHaveActed() {
            return false;
        }
    }

    /** The server answered with an error frame. The socket goes on unless the code says that the session has ended. */
    public static final class ServerError extends OpenEnvException {
        @Serial
        private static final long serialVersionUID = 1;

        private final String code;
        private final JsonNode details;

        ServerError(String code, String message, JsonNode details) {
            super(message + " (" + code + ")");
            this.code = code;
            this.details = details;
        }

        /** {@code EXECUTION_ERROR}, {@code VALIDATION_ERROR}, {@code SESSION_ERROR}, … as the server spells it. */
        public String code() {
            return code;
        }

        /** The {@code data} of the frame, with what it holds beside message and code. */
        public JsonNode details() {
            return details;
        }

        @Override
        public boolean mayHaveActed() {
            return switch (code) {
                case "INVALID_JSON", "UNKNOWN_TYPE", "VALIDATION_ERROR" -> false;
                default -> true;
            };
        }
    }

    /** No reply in time; the socket was dropped, so that a late one can be taken for nobody's. */
    public static final class TimedOut extends OpenEnvException {
        @Serial
        private static final long serialVersionUID = 1;

        private final boolean sent;

        TimedOut(Duration waited, boolean sent) {
            super(
                    sent
                            ? "no reply within " + waited.toMillis() + " ms"
                            : "requests of other threads took " + waited.toMillis() + " ms, so nothing was sent");
            this.sent = sent;
        }

        @Override
        public boolean mayHaveActed() {
            return sent;
        }
    }

    /** The socket is gone: it could not be opened, it broke, the server closed it, or a timeout dropped it before. */
    public static final class ConnectionLost extends OpenEnvException {
        @Serial
        private static final long serialVersionUID = 1;

        private final boolean sent;

        ConnectionLost(String reason, boolean sent) {
            super(reason);
            this.sent = sent;
        }

        @Override
        public boolean mayHaveActed() {
            return sent;
        }
    }

    /** A reply that does not fit the request; the socket was dropped, because its order can no longer be trusted. */
    public static final class UnexpectedReply extends OpenEnvException {
        @Serial
        private static final long serialVersionUID = 1;

        UnexpectedReply(String reason) {
            super(reason);
        }

        @Override
        public boolean mayHaveActed() {
            return true;
        }
    }
}
